"""Why a deployment counts as it does, link by link: what says so, when, and where to look."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from bot.slack.mrkdwn import escape, link, shorten
from bot.slack.passages.window import moment_in_words
from reports.deployment_story import Link, Mark

LONGEST_SOURCE = 60
SAID = {
    "status": "its own status says that it failed",
    "rollback": "rolled back by {}",
    "revert": "reverted by {}",
    "hotfix": "repaired by the hotfix {}",
    "incident": "incident {}",
}
MARKED = {
    "failed": "{} marked it as failed",
    "ok": "{} marked it as fine",
    "withdrawn": "{} took the marks back",
    "recovered": "{} marked it as recovered",
}


def chain_in_words(chain: Sequence[Link], zone: ZoneInfo, *, failed: bool, linked: bool = True) -> list[str]:
    """A line for each link, the deciding one first. `failed`: what a deciding mark said."""
    return [_link_in_words(one, zone, failed=failed, linked=linked) for one in chain]


def marks_in_words(marks: Sequence[Mark], zone: ZoneInfo) -> list[str]:
    return [f"{moment_in_words(one.at, zone)}: {MARKED[one.mark].format(person(one.marked_by))}" for one in marks]


def person(actor: str) -> str:
    """Who did it, as the audit log has it: somebody in Slack by a mention, somebody at a terminal by name."""
    kind, _, name = actor.partition(":")
    return f"<@{escape(name)}>" if kind == "slack" and name.isalnum() else escape(shorten(name or kind, LONGEST_SOURCE))


def source_in_words(source: str) -> str:
    """`#12` for a pull request, the first characters of a commit; a provider's key as it is."""
    kind, _, key = source.partition(":")
    known = f"#{key}" if kind in ("pull_request", "issue") else key[:8] if kind == "commit" else source
    return escape(shorten(known, LONGEST_SOURCE))


def _link_in_words(one: Link, zone: ZoneInfo, *, failed: bool, linked: bool) -> str:
    if one.kind == "mark":
        said = MARKED["failed" if failed else "ok"].format(person(one.source))
    else:
        said = SAID[one.kind].format(source_in_words(one.source))
        said = link(one.url, said) if linked else said
    return f"{said}, {moment_in_words(one.at, zone)}{' (decides)' if one.decides else ''}"
