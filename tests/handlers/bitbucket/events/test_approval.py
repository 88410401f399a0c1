"""An approval, and asking for changes, are reviews at their own time."""

import pytest

from storage.records import PullRequest, Review
from tests.handlers.payloads import at, kinds, only, read


@pytest.mark.parametrize(
    ("name", "kind", "state", "moment"),
    [
        ("pullrequest_approved.by_reviewer", "approval", "approved", "2026-03-01T12:00:00.25Z"),
        ("pullrequest_changes_request_created.by_reviewer", "review", "changes_requested", "2026-03-01T12:00:00Z"),
    ],
)
def test_a_verdict_is_a_review_by_whoever_gave_it(name: str, kind: str, state: str, moment: str) -> None:
    records = read("bitbucket", name)
    assert kinds(records) == ["Repository", "PullRequest", "Review"]
    review = only(records, Review)
    assert (review.kind, review.state, review.number, review.submitted_at) == (kind, state, 12, at(moment))
    assert review.reviewer is not None
    assert review.reviewer.username == "sam"
    assert review.provider_key.startswith(f"{kind}:00000022-1111-4111-8111-111111111111:2026-03-01T12:00:00")


def test_an_approval_taken_back_undoes_no_review() -> None:
    records = read("bitbucket", "pullrequest_unapproved.by_reviewer")
    assert only(records, PullRequest).state == "open"
    assert not [record for record in records if isinstance(record, Review) and record.deleted]
