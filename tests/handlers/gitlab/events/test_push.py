"""A push: GitLab tells its newest 20 commits, and no time of its own."""

from typing import Any

import pytest

from handlers.reading import Unreadable
from storage.records import Commit, EnrichmentRequest, Person, Push, Repository, RepositoryKey
from tests.handlers.payloads import RECEIVED_AT, at, kinds, load, of_kind, only, read

HOST = "git.lanternworks.example"
KEY = RepositoryKey("gitlab", HOST, "610")
A, B, C, D = (pair * 20 for pair in ("a1", "b2", "c3", "d4"))
NEWEST = at("2026-03-01T09:20:00Z")


def author(email: str | None, name: str | None = "Somebody") -> Person | None:
    changes: dict[str, Any] = {"commits.0.author.email": email, "commits.0.author.name": name}
    return of_kind(read("gitlab", "push.default_branch", changes), Commit)[0].author


def test_a_push_to_the_default_branch_counts_at_its_newest_commit() -> None:
    records = read("gitlab", "push.default_branch")
    assert kinds(records) == ["Repository", "Push", *["Commit", "EnrichmentRequest"] * 3]
    assert only(records, Repository) == Repository(
        key=KEY,
        path="lights/shop/lamp-web",
        url="https://git.lanternworks.example/lights/shop/lamp-web",
        commits_url="https://git.lanternworks.example/lights/shop/lamp-web/-/commit/",
        default_branch="main",
        seen_at=NEWEST,
    )
    assert only(records, Push) == Push(
        repository=KEY,
        ref="refs/heads/main",
        before=A,
        after=D,
        forced=False,
        on_default_branch=True,
        time=NEWEST,
        commit_shas=(B, C, D),
        total_commits=3,
    )
    commits = of_kind(records, Commit)
    assert [commit.merge for commit in commits] == [False, False, True]
    assert commits[0].time == at("2026-03-01T09:00:00Z")


def test_commits_are_told_oldest_first_even_if_they_came_the_other_way() -> None:
    commits = load("gitlab", "push.default_branch")["commits"]
    records = read("gitlab", "push.default_branch", {"commits": commits[::-1]})
    assert records == read("gitlab", "push.default_branch")


def test_the_pushers_own_address_joins_it_to_the_account() -> None:
    assert author("Jon@Lanternworks.example") == Person(
        provider="gitlab",
        host=HOST,
        user_id="22",
        username="jon",
        name="Jon Vale",
        email="jon@lanternworks.example",
        bot=False,
        seen_at=NEWEST,
    )


def test_another_address_is_somebody_without_an_account() -> None:
    person = author("sam@lanternworks.example", "Sam Aldous")
    assert person is not None
    assert (person.user_id, person.username, person.name) == (None, None, "Sam Aldous")


def test_a_private_address_is_the_account_in_it() -> None:
    person = author("21-mira@users.noreply.git.lanternworks.example")
    assert person is not None
    assert (person.user_id, person.username, person.email) == ("21", "mira", None)


@pytest.mark.parametrize("email", ["21-mira@users.noreply.gitlab.com", "[REDACTED]", "", None])
def test_an_address_that_is_none_is_nobodys(email: str | None) -> None:
    assert author(email) is None


def test_a_redacted_pusher_joins_nobody() -> None:
    changes = {"user_email": "[REDACTED]", "commits.0.author.email": "[REDACTED]"}
    assert of_kind(read("gitlab", "push.default_branch", changes), Commit)[0].author is None


@pytest.mark.parametrize(
    "author", [{"name": "release", "email": "project_610_bot_1f@noreply.git.lanternworks.example"}, {"name": "my bot"}]
)
def test_a_tokens_commit_is_a_machines(author: dict[str, str]) -> None:
    changes = {"commits.0.author": author}
    assert of_kind(read("gitlab", "push.default_branch", changes), Commit)[0].bot


def test_a_commit_without_an_author_is_still_a_commit() -> None:
    commit = of_kind(read("gitlab", "push.default_branch", {"commits.0.author": None}), Commit)[0]
    assert (commit.author, commit.bot) == (None, False)


def test_a_list_that_gitlab_cut_is_asked_for() -> None:
    records = read("gitlab", "push.cut")
    assert kinds(records) == ["Repository", "Push", "Commit", "Commit", "EnrichmentRequest"]
    assert only(records, Push).total_commits == 45
    assert only(records, EnrichmentRequest) == EnrichmentRequest(KEY, "push", f"{A}...{C}")


@pytest.mark.parametrize(
    ("name", "before", "after"), [("push.branch_deleted", C, ""), ("push.branch_created_empty", "", A)]
)
def test_a_push_without_commits_counts_at_its_receipt_and_starts_no_tracking(
    name: str, before: str, after: str
) -> None:
    records = read("gitlab", name)
    assert kinds(records) == ["Repository", "Push"]
    push = only(records, Push)
    assert (push.before, push.after, push.time) == (before, after, RECEIVED_AT)
    assert only(records, Repository).seen_at is None


def test_an_absurd_time_of_one_commit_is_the_pushs() -> None:
    records = read("gitlab", "push.default_branch", {"commits.0.timestamp": "0001-01-01T00:00:00Z"})
    assert of_kind(records, Commit)[0].time == NEWEST


def test_the_project_may_be_told_beside_itself() -> None:
    assert only(read("gitlab", "push.default_branch", {"project.id": ...}), Push).repository == KEY


def test_a_push_of_no_project_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"`project\.id` is missing"):
        read("gitlab", "push.default_branch", {"project.id": ..., "project_id": None})
