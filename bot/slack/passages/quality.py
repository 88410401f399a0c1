"""What was left out, assumed or missing."""

from collections.abc import Sequence

from bot.slack.mrkdwn import escape, one_line, shorten
from bot.slack.wording import counted
from reports.report import DataQuality

SHOWN = 6
LONGEST = 200


# What must be known before a number is read: which window this really is, and whose numbers.
FIRST = {"window_cut", "nothing_to_compare", "nothing_tracked", "whole_organization", "weekly_sums", "sums_only"}


def is_tracked(every: Sequence[DataQuality]) -> bool:
    """False: nothing is known of what was worked on in this window, and a count of 0 would be a lie."""
    return all(one.kind not in {"nothing_tracked", "sums_only"} for one in every)


def said_first(every: Sequence[DataQuality]) -> list[str]:
    return [_said(one) for one in every if one.kind in FIRST and one_line(one.text)]


def quality(every: Sequence[DataQuality]) -> list[str]:
    """The others, one sentence each, in their order; what is too much is counted."""
    others = [one for one in every if one.kind not in FIRST and one_line(one.text)]
    said = [_said(one) for one in others[:SHOWN]]
    if len(others) > SHOWN:
        said.append(f"And {counted(len(others) - SHOWN, 'more remark')} on the data.")
    return said


def _said(one: DataQuality) -> str:
    return escape(shorten(one.text, LONGEST))
