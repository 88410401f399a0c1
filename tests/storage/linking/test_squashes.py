"""The squash that GitLab fast-forwards and does not name is found by its title and its time, and nothing else is."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from storage.linking.history import Commit, History, PullRequest, Push
from storage.linking.squashes import name_squashes

MERGED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MERGE_REQUEST = PullRequest(
    number=12,
    created_at=MERGED_AT - timedelta(days=1),
    state="merged",
    merged_at=MERGED_AT,
    base_ref="main",
    head_sha="f2",
    merge_sha="f2",
    title="Add the cart",
)


def squash_of(*pushed: tuple[str, float, str], branch: str = "main", commits: int = 1) -> str | None:
    """`pushed`: SHA, seconds after the merge, title."""
    made = {sha: Commit(sha, MERGED_AT + timedelta(seconds=seconds), title=title) for sha, seconds, title in pushed}
    pushes = [
        Push(f"refs/heads/{branch}", "a1", sha, MERGED_AT, [*(f"x{number}" for number in range(commits - 1)), sha])
        for sha in made
    ]
    named = name_squashes(History(UUID(int=1), commits=made, pushes=pushes, pull_requests={12: MERGE_REQUEST}))
    return named.pull_requests[12].merge_sha


@pytest.mark.parametrize("title", ["Add the cart", "Add the cart (!12)"])
@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_within_five_minutes_of_the_merge_a_commit_of_its_title_is_its_squash(title: str, seconds: float) -> None:
    assert squash_of(("s1", seconds, title)) == "s1"


def test_of_several_the_nearest_is() -> None:
    assert squash_of(("s1", -60, "Add the cart"), ("s2", 2, "Add the cart"), ("s3", 90, "Add the cart")) == "s2"


def test_nothing_else_is() -> None:
    assert squash_of(("s1", 300, "Add the cart")) == "f2"
    assert squash_of(("s1", -300, "Add the cart")) == "f2"
    assert squash_of(("s1", 0, "Add the cart (!13)")) == "f2"
    assert squash_of(("s1", 0, "Add the cart"), branch="develop") == "f2"
    assert squash_of(("s1", 0, "Add the cart"), commits=2) == "f2"
    # It was fast-forwarded as it is.
    assert squash_of(("f2", 0, "Add the cart"), ("s1", 0, "Add the cart")) == "f2"
