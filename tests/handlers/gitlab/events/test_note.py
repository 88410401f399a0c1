"""A note on a merge request is a comment of the person who wrote it."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import PullRequest, Repository, Review
from tests.handlers.payloads import at, kinds, only, read

SEEN = at("2026-03-01T11:35:00Z")


def test_a_note_is_a_comment_at_its_creation() -> None:
    records = read("gitlab", "note.merge_request")
    assert kinds(records) == ["Repository", "PullRequest", "Review"]
    note = only(records, Review)
    assert (note.provider_key, note.kind, note.state, note.number) == ("note:4401", "comment", "commented", 5)
    assert (note.submitted_at, note.seen_at) == (at("2026-03-01T11:30:00Z"), SEEN)
    assert only(records, Repository).seen_at == SEEN
    assert note.reviewer is not None
    assert (note.reviewer.user_id, note.reviewer.username) == ("23", "sam")


def test_its_merge_request_is_a_snapshot_with_its_own_time() -> None:
    merge_request = only(read("gitlab", "note.merge_request"), PullRequest)
    assert (merge_request.seen_at, merge_request.state) == (at("2026-03-01T11:30:00Z"), "open")


def test_a_note_by_somebody_the_payload_does_not_name_has_an_id() -> None:
    reviewer = only(read("gitlab", "note.merge_request", {"object_attributes.author_id": 99}), Review).reviewer
    assert reviewer is not None
    assert (reviewer.user_id, reviewer.username) == ("99", None)


def test_a_note_without_an_author_id_is_by_whoever_sent_it() -> None:
    reviewer = only(read("gitlab", "note.merge_request", {"object_attributes.author_id": None}), Review).reviewer
    assert reviewer is not None
    assert reviewer.user_id == "23"


@pytest.mark.parametrize(
    ("name", "reason"), [("note.system", "wrote the note itself"), ("note.issue", "but on: Issue")]
)
def test_other_notes_are_ignored(name: str, reason: str) -> None:
    with pytest.raises(Ignored, match=reason):
        read("gitlab", name)


def test_a_note_on_no_merge_request_is_refused() -> None:
    with pytest.raises(Unreadable, match="`merge_request` is missing"):
        read("gitlab", "note.merge_request", {"merge_request": None})
