"""A push to Bitbucket: one record for each branch or tag, and the commits that it tells."""

from handlers.bitbucket.events.push import LIKELY_MAIN
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


def test_main_or_master_is_the_default_branch_unless_the_payload_says_which() -> None:
    records = read("bitbucket", "repo_push.main")
    assert only(records, Repository).default_branch == LIKELY_MAIN[0]
    records = read("bitbucket", "repo_push.main", {"repository.mainbranch": {"type": "branch", "name": "trunk"}})
    assert (only(records, Repository).default_branch, only(records, Push).on_default_branch) == ("trunk", False)
    assert only(read("bitbucket", "repo_push.branches_and_a_tag"), Repository).default_branch is None


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
