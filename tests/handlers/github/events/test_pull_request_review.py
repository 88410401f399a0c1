"""A review, with a snapshot of its pull request."""

import pytest

from handlers.reading import Ignored
from storage.records import PullRequest, Repository, Review
from tests.handlers.payloads import at, kinds, only, read

SUBMITTED = at("2026-03-02T15:00:00Z")


def test_a_submitted_review_is_at_its_own_time() -> None:
    records = read("github", "pull_request_review.submitted")
    assert kinds(records) == ["Repository", "PullRequest", "Review"]
    review = only(records, Review)
    assert (review.number, review.provider_key, review.kind, review.state) == (12, "review:640", "review", "approved")
    assert review.submitted_at == review.seen_at == only(records, Repository).seen_at == SUBMITTED
    assert review.reviewer is not None
    assert review.reviewer.user_id == "7102"
    assert not review.deleted


def test_its_snapshot_knows_nothing_of_lines_and_keeps_its_own_time() -> None:
    pull_request = only(read("github", "pull_request_review.submitted"), PullRequest)
    assert pull_request.seen_at == at("2026-03-02T14:59:59Z")
    assert (pull_request.lines_added, pull_request.commit_count, pull_request.review_comments) == (None, None, None)


def test_a_dismissed_review_was_submitted_when_it_was_and_is_newer() -> None:
    review = only(read("github", "pull_request_review.dismissed"), Review)
    assert (review.state, review.submitted_at, review.seen_at) == ("dismissed", SUBMITTED, at("2026-03-02T18:00:00Z"))


def test_a_review_by_a_deleted_user_is_a_review_by_nobody() -> None:
    assert only(read("github", "pull_request_review.submitted", {"review.user": None}), Review).reviewer is None


def test_a_review_without_a_time_is_at_the_pull_requests() -> None:
    review = only(read("github", "pull_request_review.submitted", {"review.submitted_at": None}), Review)
    assert review.submitted_at == at("2026-03-02T14:59:59Z")


def test_an_action_nobody_knows_is_ignored() -> None:
    with pytest.raises(Ignored, match="review that was polished"):
        read("github", "pull_request_review.submitted", {"action": "polished"})
