"""A merge request: a snapshot with every action, a moment or an approval with some, and who is asked to review."""

from typing import Any

import pytest

from storage.records import (
    EnrichmentRequest,
    Person,
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Repository,
    RepositoryKey,
    Review,
    ReviewRequest,
)
from tests.handlers.payloads import at, kinds, of_kind, only, read

HOST = "git.lanternworks.example"
KEY = RepositoryKey("gitlab", HOST, "610")
CREATED = at("2026-03-01T09:30:00Z")
UPDATED = at("2026-03-01T11:00:00Z")
MERGED = at("2026-03-01T13:00:00Z")


def moments(name: str, changes: dict[str, Any] | None = None) -> list[tuple[str, object]]:
    return [(event.kind, event.at) for event in of_kind(read("gitlab", name, changes), PullRequestEvent)]


def test_an_opened_merge_request_gives_a_snapshot_its_head_its_opening_and_its_reviewers() -> None:
    records = read("gitlab", "merge_request.open")
    assert kinds(records) == ["Repository", "PullRequest", "PullRequestCommit", "PullRequestEvent", "ReviewRequest"]
    jon = Person("gitlab", HOST, "22", "jon", "Jon Vale", "jon@lanternworks.example", bot=False, seen_at=CREATED)
    assert only(records, PullRequest) == PullRequest(
        repository=KEY,
        number=5,
        seen_at=CREATED,
        created_at=CREATED,
        state="open",
        merged_at=None,
        closed_at=None,
        draft=True,
        author=jon,
        title="Draft: Dim the hallway",
        url="https://git.lanternworks.example/lights/shop/lamp-web/-/merge_requests/5",
        body="See !4",
        base_ref="main",
        head_ref="hallway",
        head_repository="610",
        head_sha="c3" * 20,
        merge_sha=None,
        labels=("lights",),
        provider_id="3005",
    )
    assert only(records, Repository).seen_at == CREATED
    assert only(records, PullRequestCommit) == PullRequestCommit(KEY, 5, "c3" * 20, at("2026-03-01T09:10:00Z"))
    assert only(records, PullRequestEvent) == PullRequestEvent(KEY, 5, "opened", CREATED)
    request = only(records, ReviewRequest)
    assert (request.reviewer, request.name, request.requested) == ("account:23", "sam", True)


def test_the_draft_flag_decides_when_it_is_ready() -> None:
    assert moments("merge_request.update_ready") == [("ready", UPDATED)]
    changes = {"changes": {"draft": {"previous": False, "current": True}}}
    assert moments("merge_request.update_ready", changes) == [("draft", UPDATED)]


def test_older_versions_have_another_flag_or_the_title_only() -> None:
    flag = {"changes": {"work_in_progress": {"previous": True, "current": False}}}
    title = {"changes": {"title": {"previous": "WIP: Dim", "current": "Dim"}}}
    assert moments("merge_request.update_ready", flag) == [("ready", UPDATED)]
    assert moments("merge_request.update_ready", title) == [("ready", UPDATED)]


@pytest.mark.parametrize(
    "changes",
    [
        None,
        {},
        {"title": {"previous": "Dim", "current": "Dim the hallway"}},
        {"title": {"previous": None, "current": "Draft: Dim"}},
        {"draft": {"previous": None, "current": False}},
    ],
)
def test_an_update_that_changes_no_stage_is_no_moment(changes: dict[str, Any] | None) -> None:
    assert moments("merge_request.update_ready", {"changes": changes}) == []


def test_another_target_is_a_moment() -> None:
    assert moments("merge_request.update_target") == [("retargeted", UPDATED)]


def test_a_merge_is_at_its_update_until_the_api_knows_better() -> None:
    records = read("gitlab", "merge_request.merge")
    merge_request = only(records, PullRequest)
    assert (merge_request.state, merge_request.merged_at, merge_request.merge_sha) == ("merged", MERGED, "d4" * 20)
    assert merge_request.author is not None
    assert (merge_request.author.user_id, merge_request.author.username) == ("22", None), "somebody else merged it"
    assert only(records, PullRequestEvent) == PullRequestEvent(KEY, 5, "merged", MERGED)
    assert only(records, EnrichmentRequest) == EnrichmentRequest(KEY, "pull_request", "5")


@pytest.mark.parametrize(
    ("merge_commit", "squash_commit", "expected"),
    [("d4" * 20, "e5" * 20, "d4" * 20), (None, "e5" * 20, "e5" * 20), (None, None, "c3" * 20)],
)
def test_a_merge_has_the_sha_that_came_onto_the_branch(
    merge_commit: str | None, squash_commit: str | None, expected: str
) -> None:
    changes = {
        "object_attributes.merge_commit_sha": merge_commit,
        "object_attributes.squash_commit_sha": squash_commit,
    }
    assert only(read("gitlab", "merge_request.merge", changes), PullRequest).merge_sha == expected


def test_a_closing_is_at_its_update_and_the_deleted_fork_is_unknown() -> None:
    merge_request = only(read("gitlab", "merge_request.close"), PullRequest)
    assert (merge_request.state, merge_request.closed_at, merge_request.head_repository) == ("closed", MERGED, None)
    assert moments("merge_request.close") == [("closed", MERGED)]


def test_a_later_update_does_not_say_when_it_was_closed() -> None:
    changes = {"object_attributes.action": "update", "object_attributes.updated_at": "2026-03-09 00:00:00 UTC"}
    assert only(read("gitlab", "merge_request.close", changes), PullRequest).closed_at is None
    assert moments("merge_request.close", changes) == []


def test_a_reopened_one_is_open() -> None:
    assert only(read("gitlab", "merge_request.reopen"), PullRequest).state == "open"
    assert moments("merge_request.reopen") == [("reopened", at("2026-03-01T14:00:00Z"))]


def test_a_locked_one_is_still_open() -> None:
    changes = {"object_attributes.state": "locked"}
    assert only(read("gitlab", "merge_request.open", changes), PullRequest).state == "open"


@pytest.mark.parametrize("action", ["approved", "approval"])
def test_an_approval_is_one_by_whoever_did_it(action: str) -> None:
    review = only(read("gitlab", "merge_request.approved", {"object_attributes.action": action}), Review)
    assert (review.kind, review.state, review.number) == ("approval", "approved", 5)
    assert review.provider_key == "approval:23"
    assert review.submitted_at == review.seen_at == at("2026-03-01T12:00:00Z")
    assert review.reviewer is not None
    assert review.reviewer.username == "sam"


@pytest.mark.parametrize(
    "changes",
    [{"object_attributes.action": "unapproved"}, {"object_attributes.action": "unapproval"}, {"user": None}],
)
def test_an_approval_taken_back_or_by_nobody_is_none(changes: dict[str, Any]) -> None:
    assert of_kind(read("gitlab", "merge_request.approved", changes), Review) == []


def test_a_reviewer_who_was_replaced_is_asked_no_more() -> None:
    requests = of_kind(read("gitlab", "merge_request.update_reviewers"), ReviewRequest)
    assert {request.reviewer: request.requested for request in requests} == {"account:21": False, "account:23": True}


def test_the_change_tells_the_reviewers_when_nothing_else_does() -> None:
    requests = of_kind(read("gitlab", "merge_request.update_reviewers", {"reviewers": None}), ReviewRequest)
    assert {request.reviewer: request.requested for request in requests} == {"account:21": False, "account:23": True}


def test_a_bots_merge_request_is_a_bots_when_the_payload_shows_its_name() -> None:
    changes = {"user": {"id": 22, "username": "project_610_bot_1f", "name": "release"}}
    author = only(read("gitlab", "merge_request.open", changes), PullRequest).author
    assert author is not None
    assert author.bot


@pytest.mark.parametrize(
    "field",
    [
        "user",
        "labels",
        "changes",
        "reviewers",
        "assignees",
        "object_attributes.draft",
        "object_attributes.last_commit",
        "object_attributes.author_id",
        "object_attributes.description",
        "object_attributes.action",
        "project.default_branch",
    ],
)
@pytest.mark.parametrize("value", [None, ...])
def test_what_is_not_essential_may_be_missing(field: str, value: object) -> None:
    assert only(read("gitlab", "merge_request.open", {field: value}), PullRequest).number == 5


def test_a_merge_request_without_an_author_has_none() -> None:
    changes = {"object_attributes.author_id": None}
    assert only(read("gitlab", "merge_request.open", changes), PullRequest).author is None
