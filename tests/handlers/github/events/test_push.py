"""A push: its movement of the ref, its commits oldest first, and who wrote them as far as it proves it."""

from typing import Any

import pytest

from storage.records import Commit, EnrichmentRequest, Person, Push, Repository, RepositoryKey
from tests.handlers.payloads import RECEIVED_AT, at, kinds, of_kind, only, read

KEY = RepositoryKey("github", "github.com", "40010")
A, B, C, D = (pair * 20 for pair in ("a1", "b2", "c3", "d4"))
PUSHED_AT = at("2026-03-01T09:00:00Z")


def author(changes: dict[str, Any]) -> Person | None:
    changes = {f"commits.0.author.{field}": value for field, value in changes.items()}
    return only(read("github", "push.branch_created", changes), Commit).author


def test_a_push_to_the_default_branch_gives_the_push_its_commits_and_questions_for_the_api() -> None:
    records = read("github", "push.default_branch")
    assert kinds(records) == ["Repository", "Push", *["Commit", "EnrichmentRequest"] * 3]
    assert only(records, Repository) == Repository(
        key=KEY,
        path="lanternworks/harbor-api",
        url="https://github.com/lanternworks/harbor-api",
        commits_url="https://github.com/lanternworks/harbor-api/commit/",
        default_branch="main",
        seen_at=PUSHED_AT,
        created_at=at("2025-02-03T09:00:00Z"),
    )
    assert only(records, Push) == Push(
        repository=KEY,
        ref="refs/heads/main",
        before=A,
        after=D,
        forced=False,
        on_default_branch=True,
        time=PUSHED_AT,
        commit_shas=(B, C, D),
        total_commits=3,
    )
    assert [request.subject for request in of_kind(records, EnrichmentRequest)] == [B, C, D]
    first = of_kind(records, Commit)[0]
    assert (first.sha, first.time, first.time_source) == (B, at("2026-03-01T08:55:00Z"), "push")
    assert (first.message, first.on_default_branch, first.lines_added) == ("Count berths by length", True, None)


def test_merges_and_machines_are_known() -> None:
    commits = of_kind(read("github", "push.default_branch"), Commit)
    assert [commit.merge for commit in commits] == [False, False, True]
    assert [commit.bot for commit in commits] == [False, True, False]


def test_the_senders_own_commit_joins_the_address_and_the_account() -> None:
    person = of_kind(read("github", "push.default_branch"), Commit)[0].author
    assert person == Person(
        provider="github",
        host="github.com",
        user_id="7101",
        username="mira-okafor",
        name="Mira Okafor",
        email="mira@lanternworks.example",
        bot=False,
        seen_at=PUSHED_AT,
    )


def test_another_persons_commit_is_known_by_its_address_alone() -> None:
    person = of_kind(read("github", "push.default_branch"), Commit)[2].author
    assert person is not None
    assert (person.user_id, person.username, person.email) == (None, "jonvale", "jon@lanternworks.example")


def test_a_private_address_is_the_account_in_it() -> None:
    person = author({"email": "812+Quinn-H@users.noreply.github.com", "username": "quinn-h"})
    assert person is not None
    assert (person.user_id, person.username, person.email) == ("812", "Quinn-H", None)


@pytest.mark.parametrize("email", ["quinn@users.noreply.github.com", "812+quinn@users.noreply.ghe.example", "", None])
def test_an_author_without_account_and_address_is_nobody(email: str | None) -> None:
    assert author({"email": email, "username": None}) is None


def test_an_old_private_address_of_the_sender_is_the_senders_account() -> None:
    person = author({"email": "mira-okafor@users.noreply.github.com"})
    assert person is not None
    assert (person.user_id, person.email) == ("7101", None)


@pytest.mark.parametrize("missing", [None, ...])
def test_a_commit_without_an_author_is_still_a_commit(missing: object) -> None:
    commit = only(read("github", "push.branch_created", {"commits.0.author": missing, "sender": missing}), Commit)
    assert (commit.author, commit.bot) == (None, False)


def test_a_commit_of_a_machine_that_has_no_account_is_a_machines() -> None:
    changes = {"commits.0.author": {"name": "web", "email": "9+lantern-ci[bot]@users.noreply.github.com"}}
    assert only(read("github", "push.branch_created", changes), Commit).bot


def test_a_new_branch_has_nothing_before_it_and_asks_nothing() -> None:
    records = read("github", "push.branch_created")
    assert kinds(records) == ["Repository", "Push", "Commit"]
    push = only(records, Push)
    assert (push.ref, push.before, push.after, push.on_default_branch) == ("refs/heads/berths", "", B, False)
    assert not only(records, Commit).on_default_branch


def test_a_deleted_branch_has_nothing_after_it() -> None:
    records = read("github", "push.branch_deleted")
    assert kinds(records) == ["Repository", "Push"]
    assert (only(records, Push).before, only(records, Push).after) == (B, "")


def test_a_tag_gives_no_commits() -> None:
    records = read("github", "push.tag")
    assert kinds(records) == ["Repository", "Push"]
    assert (only(records, Push).ref, only(records, Push).after) == ("refs/tags/v1.4.0", D)


def test_a_forced_push_without_commits_is_one() -> None:
    push = only(read("github", "push.forced_empty"), Push)
    assert (push.forced, push.commit_shas, push.total_commits) == (True, (), 0)


def test_a_push_without_a_time_of_its_own_counts_at_its_newest_commit() -> None:
    records = read("github", "push.default_branch", {"repository.pushed_at": None})
    assert only(records, Push).time == only(records, Repository).seen_at == at("2026-03-01T09:00:00Z")


def test_a_push_without_any_time_counts_at_its_receipt_and_starts_no_tracking() -> None:
    records = read("github", "push.branch_deleted", {"repository.pushed_at": None})
    assert only(records, Push).time == RECEIVED_AT
    assert only(records, Repository).seen_at is None


def test_a_list_that_github_cut_is_asked_for() -> None:
    commit = {"id": B, "message": "x", "timestamp": "2026-03-01T09:00:00Z"}
    records = read("github", "push.branch_created", {"commits": [commit] * 2048})
    assert only(records, Push).total_commits is None
    assert only(records, EnrichmentRequest) == EnrichmentRequest(KEY, "push", f"...{B}")


def test_without_a_default_branch_nothing_is_on_it() -> None:
    push = only(read("github", "push.default_branch", {"repository.default_branch": ...}), Push)
    assert not push.on_default_branch


def test_an_enterprise_server_is_a_host_of_its_own() -> None:
    changes = {"repository.html_url": "https://GHE.example:8443/lanternworks/harbor-api"}
    assert only(read("github", "push.tag", changes), Repository).key.host == "ghe.example:8443"


def test_without_an_address_the_connections_host_counts() -> None:
    changes = {"repository.html_url": None}
    assert only(read("github", "push.tag", changes, host="ghe.example"), Repository).key.host == "ghe.example"
    assert only(read("github", "push.tag", changes), Repository).key.host == "github.com"
