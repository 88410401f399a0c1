"""A tag: a movement of its ref, and no commits."""

from storage.records import Push
from tests.handlers.payloads import at, kinds, only, read


def test_a_tag_counts_at_its_commit_and_gives_none() -> None:
    records = read("gitlab", "tag_push.created")
    assert kinds(records) == ["Repository", "Push"]
    push = only(records, Push)
    assert (push.ref, push.before, push.after) == ("refs/tags/v2.0.0", "", "d4" * 20)
    assert (push.time, push.on_default_branch) == (at("2026-03-01T09:20:00Z"), False)
