"""A push to Bitbucket: one record for each branch or tag, and the commits that it tells."""

import time

import pytest

from storage.records import Commit, EnrichmentRequest, Push, Repository
from tests.handlers.payloads import at, of_kind, only, read

A, B, C = ("a1" * 20, "b2" * 20, "c3" * 20)


def test_commits_are_told_oldest_first_with_their_authors_and_times() -> None:
    records = read("bitbucket", "repo_push.main")
    push = only(records, Push)
    assert (push.ref, push.before, push.after, push.commit_shas) == ("refs/heads/main", A, C, (B, C))
    assert (push.time, push.on_default_branch, push.forced) == (at("2026-03-01T10:00:00Z"), True, False)
    first, second = of_kind(records, Commit)
    assert (first.sha, first.time, first.merge) == (B, at("2026-03-01T09:30:00Z"), False)
    assert first.author is not None
    assert (first.author.user_id, first.author.username, first.author.email) == (
        "00000021-1111-4111-8111-111111111111",
        "jane",
        "jane@acme.example",
    )
    # An address that belongs to no account.
    assert second.author is not None
    assert (second.author.user_id, second.author.name, second.author.email) == (None, "Kim Poe", "kim@acme.example")
    assert [request.subject for request in of_kind(records, EnrichmentRequest)] == [B, C]


def test_branches_made_and_removed_and_a_tag_come_in_one_push() -> None:
    records = read("bitbucket", "repo_push.branches_and_a_tag")
    made, removed, tag = of_kind(records, Push)
    assert (made.ref, made.before, made.after, made.total_commits) == ("refs/heads/limits", "", B, None)
    assert (removed.ref, removed.before, removed.after) == ("refs/heads/old", A, "")
    assert (tag.ref, tag.after) == ("refs/tags/v1", C)
    assert [commit.on_default_branch for commit in of_kind(records, Commit)] == [False]
    # The list was cut.
    assert only(records, EnrichmentRequest).subject == f"...{B}"


def on_default_branch(*, known: str | None = None, told: str | None = None) -> bool:
    """Whether a push to main is one, by what the API said before and what the payload says."""
    records = read("bitbucket", "repo_push.main")
    key = only(records, Repository).key
    changes = {"repository.mainbranch": {"type": "branch", "name": told}} if told else {}
    branches = {key: known} if known else {}
    return only(read("bitbucket", "repo_push.main", changes, default_branches=branches), Push).on_default_branch


def test_main_or_master_is_taken_for_the_default_branch_unless_it_is_known() -> None:
    assert on_default_branch()
    assert not on_default_branch(known="trunk")
    assert not on_default_branch(told="trunk")
    assert on_default_branch(known="trunk", told="main")


def test_what_is_only_taken_for_the_default_branch_is_not_told_as_such() -> None:
    """It would stand against what the API knows."""
    assert only(read("bitbucket", "repo_push.main"), Repository).default_branch is None


def test_two_parents_make_a_merge() -> None:
    parents = [{"hash": A}, {"hash": B}]
    records = read("bitbucket", "repo_push.main", {"push.changes.0.commits.0.parents": parents})
    assert [commit.merge for commit in of_kind(records, Commit)] == [False, True]


def test_a_forced_push_says_so() -> None:
    assert only(read("bitbucket", "repo_push.main", {"push.changes.0.forced": True}), Push).forced


def test_the_account_of_a_token_is_a_bot() -> None:
    records = read("bitbucket", "repo_push.main", {"push.changes.0.commits.1.author.user.type": "app_user"})
    author = of_kind(records, Commit)[0].author
    assert author is not None
    assert author.bot


@pytest.mark.parametrize(
    ("raw", "name", "email"),
    [
        (" Kim Poe <kim@acme.example> ", "Kim Poe", "kim@acme.example"),
        ("Kim <the boss> Poe <kim@acme.example>", "Kim <the boss> Poe", "kim@acme.example"),
        ("a" + " " * 50_000 + "b <kim@acme.example>", "a" + " " * 50_000 + "b", "kim@acme.example"),
    ],
    ids=["usual", "with brackets in the name", "a very long name"],
)
def test_an_author_is_read_at_once_however_it_is_written(raw: str, name: str, email: str) -> None:
    started = time.process_time()
    records = read("bitbucket", "repo_push.main", {"push.changes.0.commits.0.author.raw": raw})
    author = of_kind(records, Commit)[1].author
    assert author is not None
    assert (author.name, author.email) == (name, email)
    assert time.process_time() - started < 1


def test_an_author_without_an_address_is_nobody() -> None:
    for raw in ("Kim Poe", "Kim <kim@acme.example> Poe", "", None):
        changes = {"push.changes.0.commits.0.author.raw": raw}
        assert of_kind(read("bitbucket", "repo_push.main", changes), Commit)[1].author is None
