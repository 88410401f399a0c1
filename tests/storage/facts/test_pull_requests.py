"""A pull request is its newest snapshot, and what the older ones told that it does not."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from storage.facts.pull_requests import PullRequestRow, merge_pull_requests, pull_request_row
from storage.facts.registers import fold
from storage.facts.values import CannotBeStored
from storage.records import PullRequest
from tests.storage.facts.samples import at, pull_request


def told(snapshots: Any) -> PullRequestRow:
    rows = (pull_request_row(snapshot, UUID(int=1), {}) for snapshot in snapshots)
    (row,) = fold(rows, lambda row: row.pr_number, merge_pull_requests).values()
    return row


@pytest.mark.parametrize(
    ("snapshots", "expected"),
    [
        pytest.param(
            [pull_request(1, title="Old", lines_added=3), pull_request(2, title="New")],
            {"title": "New", "lines_added": 3},
            id="not told is not zero",
        ),
        pytest.param(
            [pull_request(1, "merged", merged_at=at(1)), pull_request(2, "open"), pull_request(3, "closed")],
            {"state": "merged", "merged_at": at(1)},
            id="merged is final",
        ),
        pytest.param(
            [pull_request(1), pull_request(1, "closed", closed_at=at(1))],
            {"state": "closed", "closed_at": at(1)},
            id="of one moment the closed one",
        ),
        pytest.param(
            [pull_request(1, "closed", closed_at=at(1)), pull_request(2)],
            {"state": "open", "closed_at": None},
            id="reopened",
        ),
        pytest.param(
            [pull_request(1, "closed", closed_at=at(1)), pull_request(2, "closed")],
            {"state": "closed", "closed_at": at(1)},
            id="a later snapshot does not repeat when it was closed",
        ),
        pytest.param(
            [pull_request(1, "closed", closed_at=at(1)), pull_request(2), pull_request(3, "closed")],
            {"state": "closed", "closed_at": None},
            id="closed again at a time that nobody tells",
        ),
    ],
)
def test_what_snapshots_say(snapshots: list[PullRequest], expected: dict[str, Any]) -> None:
    for order in permutations(snapshots):
        row = told(order)
        assert {name: getattr(row, name) for name in expected} == expected


def test_a_number_that_no_column_holds_is_refused_with_a_reason() -> None:
    with pytest.raises(CannotBeStored, match="number 4294967296"):
        pull_request_row(pull_request(1, number=2**32), UUID(int=1), {})
