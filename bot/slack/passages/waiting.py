"""The pull requests that wait longest for a review."""

from collections.abc import Sequence

from bot.slack.mrkdwn import escape, link, shorten
from bot.slack.passages.passage import Passage
from bot.slack.wording import counted, duration, names
from reports.report import WaitingPullRequest

SHOWN = 5
LONGEST_TITLE = 60
LONGEST_NAME = 25
NAMES_SHOWN = 3
TITLE = "Waiting longest for review"


def waiting(every: Sequence[WaitingPullRequest], total: int = 0) -> tuple[Passage, str] | None:
    """The passage, whose links are for the eye, and the same for the ear. None when nothing waits.

    `every` one that is listed; `total` of them wait.
    """
    if not every:
        return None
    total = max(total, len(every))
    value = counted(total, "pull request")
    more = (f"and {total - SHOWN} more",) if total > SHOWN else ()
    linked = tuple(_line(one, linked=True) for one in every[:SHOWN])
    bare = tuple(_line(one, linked=False) for one in every[:SHOWN])
    passage = Passage(TITLE, value, (*linked, *more), listed=True)
    return passage, Passage(TITLE, value, (*bare, *more)).spoken()


def _line(one: WaitingPullRequest, *, linked: bool) -> str:
    place = escape(shorten(f"{one.repository} #{one.number}", LONGEST_TITLE))
    title = escape(shorten(one.title, LONGEST_TITLE)) or "(no title)"
    return f"{link(one.url, place) if linked else place} {title}: {duration(one.waiting_seconds)}, for {whom(one)}"


def whom(one: WaitingPullRequest) -> str:
    """Who was asked and has not answered."""
    if not one.waiting_for:
        return "anyone"
    shown = tuple(escape(shorten(name, LONGEST_NAME)) for name in one.waiting_for[:NAMES_SHOWN])
    rest = len(one.waiting_for) - NAMES_SHOWN
    return names((*shown, f"{rest} more") if rest > 0 else shown)
