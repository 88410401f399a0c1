"""Text from outside, made safe for Slack's markup."""

import unicodedata
from urllib.parse import quote, urlsplit

# What Slack reads as markup, and nothing else is to be replaced.
# https://docs.slack.dev/messaging/formatting-message-text#escaping
ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


def one_line(text: str) -> str:
    """Without control characters, line breaks and runs of spaces."""
    # Cf holds direction marks, which can turn a whole line around, but also the joiner of emoji.
    kept = "".join(
        character if character == "\u200d" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"} else " "
        for character in text
    )
    return " ".join(kept.split())


def escape(text: str) -> str:
    """One line of text from outside, shown as it is: no mention, link or channel comes of it."""
    # Three backticks would swallow the lines that follow.
    text = one_line(text).replace("```", "'''")
    for character, entity in ESCAPES:
        text = text.replace(character, entity)
    return text


def unescape(text: str) -> str:
    for character, entity in reversed(ESCAPES):
        text = text.replace(entity, character)
    return text


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters. For text not yet escaped: half an entity would be shown as it is."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def link(url: str | None, label: str) -> str:
    """`label` is escaped already. Only an http(s) address becomes a link."""
    if url is None:
        return label
    try:
        usable = urlsplit(url).scheme in {"http", "https"} and len(url) <= 2000
    except ValueError:
        usable = False
    if not usable:
        return label
    safe = quote(one_line(url), safe="!#$%'()*+,/:;=?@[]~&").replace("&", "&amp;")
    return f"<{safe}|{label.replace('|', '¦')}>"


def code(text: str) -> str:
    """As typed, in a fixed-width face."""
    return f"`{escape(text).replace('`', chr(39))}`"
