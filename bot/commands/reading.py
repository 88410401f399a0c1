"""From what a person typed to plain words."""

import re
from datetime import datetime

from bot.slack.mrkdwn import one_line, unescape
from reports.period import DEFAULT_PERIOD, parse_period
from reports.report import Window

# Longer is no question; a name has 255 characters at most.
LONGEST = 600
QUOTES = dict.fromkeys(map(ord, "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"))
# What Slack makes of mentions and links: <@U1|ana>, <#C1|platform>, <!here>, <https://host/path|label>.
# https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling
SPECIAL = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
WEB_ADDRESS = re.compile(r"https?://[^/\s]+/(\S+)")


def read_words(text: str) -> list[str]:
    """The words of a command, without quotes, mentions and other wrapping; case is kept."""
    # Markup first: what is escaped was typed as it is.
    text = SPECIAL.sub(_plain, text[: LONGEST * 2])
    text = one_line(unescape(text).translate(QUOTES))[:LONGEST]
    words = [WEB_ADDRESS.sub(r"\1", word).lstrip("#@").strip("<>,;") for word in text.split()]
    return [word for word in words if word]


def read_channels(text: str) -> list[tuple[str, str]]:
    """The channels that are mentioned, as (id, name); Slack leaves the name of a private one out."""
    return [(found[2], found[3] or "") for found in SPECIAL.finditer(text[: LONGEST * 2]) if found[1] == "#"]


def read_period(words: list[str], timezone: str, now: datetime) -> tuple[str, Window]:
    """The period as it was said, and its window. Raises `reports.period.UnknownPeriod`."""
    said = " ".join(words).lower() or DEFAULT_PERIOD
    return said, parse_period(said, timezone, now)


def _plain(match: re.Match[str]) -> str:
    kind, target, label = match.groups()
    if kind == "#":
        return f" {label or ''} "
    if kind in {"@", "!"}:
        return " "
    return f" {target} "
