"""A review comment: made, edited, deleted."""

import pytest

from handlers.reading import Ignored
from storage.records import PullRequest, Review
from tests.handlers.payloads import at, kinds, only, read

CREATED = at("2026-03-02T14:30:00Z")


def test_a_comment_is_at_its_creation() -> None:
    records = read("github", "pull_request_review_comment.created")
    assert kinds(records) == ["Repository", "PullRequest", "Review"]
    comment = only(records, Review)
    assert (comment.provider_key, comment.kind, comment.state) == ("comment:910", "comment", "commented")
    assert comment.submitted_at == comment.seen_at == CREATED
    assert only(records, PullRequest).number == comment.number == 12


def test_an_edited_comment_keeps_its_creation() -> None:
    comment = only(read("github", "pull_request_review_comment.edited"), Review)
    assert (comment.submitted_at, comment.seen_at) == (CREATED, at("2026-03-02T14:40:00Z"))
    assert not comment.deleted


def test_a_deleted_comment_is_newer_than_what_it_deletes() -> None:
    comment = only(read("github", "pull_request_review_comment.deleted"), Review)
    assert comment.deleted
    assert (comment.submitted_at, comment.seen_at) == (CREATED, at("2026-03-02T16:00:00Z"))


def test_an_action_nobody_knows_is_ignored() -> None:
    with pytest.raises(Ignored, match="comment that was framed"):
        read("github", "pull_request_review_comment.created", {"action": "framed"})
