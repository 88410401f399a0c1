"""A comment is that of the person who wrote it, at its creation, until it is deleted."""

import pytest

from storage.records import Review
from tests.handlers.payloads import at, only, read


@pytest.mark.parametrize(
    ("name", "seen_at", "deleted"),
    [
        ("pullrequest_comment_created.on_a_line", "2026-03-01T11:30:00Z", False),
        ("pullrequest_comment_updated.changed", "2026-03-01T11:40:00Z", False),
        ("pullrequest_comment_deleted.gone", "2026-03-01T11:50:00Z", True),
    ],
)
def test_a_comment_keeps_its_key_and_its_time(name: str, seen_at: str, deleted: bool) -> None:
    review = only(read("bitbucket", name), Review)
    assert (review.provider_key, review.kind, review.state) == ("comment:501", "comment", "commented")
    assert review.submitted_at == at("2026-03-01T11:30:00Z")
    assert (review.seen_at, review.deleted) == (at(seen_at), deleted)
    assert review.reviewer is not None
    assert review.reviewer.user_id == "00000022-1111-4111-8111-111111111111"
