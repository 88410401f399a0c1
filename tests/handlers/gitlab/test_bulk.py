"""Where a branch went in pushes of many, which GitLab does not tell: from where it was before to where it is after."""

from datetime import UTC, datetime, timedelta

import pytest

from handlers.asking.line import Move
from handlers.gitlab.history.bulk import CommitPart, gaps

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
REF = "refs/heads/main"


def move(before: str, after: str, hour: int) -> Move:
    return Move(REF, before, after, False, START + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("told", "head", "hours", "found"),
    [
        # The only push, and nothing since.
        ([], "b", [1], [("a", "b", 1)]),
        # Of other branches alone.
        ([], "a", [1], []),
        # Between two that were told, and after them.
        ([("a", "b", 1), ("c", "d", 3)], "e", [2, 4], [("b", "c", 2), ("d", "e", 4)]),
        # Two of them look like one, at the time of the last.
        ([("c", "d", 5)], "d", [1, 2], [("a", "c", 2)]),
        # What is missing otherwise, they do not explain.
        ([("b", "c", 1)], "c", [2], []),
    ],
)
def test_a_gap_between_what_was_told_is_a_push_of_many(
    told: list[tuple[str, str, int]], head: str, hours: list[int], found: list[tuple[str, str, int]]
) -> None:
    moments = [START + timedelta(hours=hour) for hour in hours]
    assert list(gaps(REF, "a", [move(*one) for one in told], CommitPart(head), moments)) == [
        move(*one) for one in found
    ]


@pytest.mark.parametrize(("committed", "found"), [(1, [move("b", "c", 2)]), (3, [])])
def test_a_commit_that_was_made_later_was_in_no_push_before(committed: int, found: list[Move]) -> None:
    """Its own push came while GitLab was asked, and is listed the next time."""
    head = CommitPart("c", f"{START + timedelta(hours=committed):%Y-%m-%dT%H:%M:%SZ}")
    assert list(gaps(REF, "a", [move("a", "b", 0)], head, [START + timedelta(hours=2)])) == found
