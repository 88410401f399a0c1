"""A pull request: a snapshot with every action, a moment with some, and who is asked to review."""

import pytest

from storage.records import (
    EnrichmentRequest,
    Person,
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Repository,
    RepositoryKey,
    ReviewRequest,
)
from tests.handlers.payloads import at, kinds, of_kind, only, read

KEY = RepositoryKey("github", "github.com", "40010")
CREATED = at("2026-03-01T10:00:00Z")
UPDATED = at("2026-03-02T11:00:00Z")


def test_an_opened_pull_request_gives_a_snapshot_its_head_its_opening_and_its_reviewers() -> None:
    records = read("github", "pull_request.opened")
    assert kinds(records) == ["Repository", "PullRequest", "PullRequestCommit", "PullRequestEvent", "ReviewRequest"]
    mira = Person("github", "github.com", "7101", "mira-okafor", None, None, bot=False, seen_at=CREATED)
    assert only(records, PullRequest) == PullRequest(
        repository=KEY,
        number=12,
        seen_at=CREATED,
        created_at=CREATED,
        state="open",
        merged_at=None,
        closed_at=None,
        draft=True,
        author=mira,
        title="Count berths",
        url="https://github.com/lanternworks/harbor-api/pull/12",
        body="Closes #9",
        base_ref="main",
        head_ref="berths",
        head_repository="40010",
        head_sha="b2" * 20,
        merge_sha=None,
        labels=("berths",),
        provider_id="81200",
        lines_added=40,
        lines_deleted=7,
        files_changed=3,
        commit_count=2,
        review_comments=1,
    )
    assert only(records, Repository).seen_at == CREATED
    assert only(records, PullRequestCommit) == PullRequestCommit(KEY, 12, "b2" * 20, None)
    assert only(records, PullRequestEvent) == PullRequestEvent(KEY, 12, "opened", CREATED)
    request = only(records, ReviewRequest)
    assert (request.reviewer, request.name, request.requested) == ("account:7102", "jonvale", True)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("ready_for_review", "ready"),
        ("converted_to_draft", "draft"),
        ("reopened", "reopened"),
        ("edited", "retargeted"),
        ("closed", "closed"),
    ],
)
def test_an_action_that_decides_a_stage_is_a_moment(action: str, kind: str) -> None:
    records = read("github", f"pull_request.{action}")
    assert only(records, PullRequestEvent) == PullRequestEvent(KEY, 12, kind, UPDATED)
    assert of_kind(records, EnrichmentRequest) == []


def test_other_actions_are_a_snapshot_and_no_moment() -> None:
    records = read("github", "pull_request.synchronize")
    assert of_kind(records, PullRequestEvent) == []
    assert only(records, PullRequest).seen_at == UPDATED
    assert only(records, PullRequestCommit).sha == "c3" * 20


def test_editing_the_title_is_no_moment() -> None:
    changes = {"changes": {"title": {"from": "Count"}}}
    assert of_kind(read("github", "pull_request.edited", changes), PullRequestEvent) == []


def test_a_merge_tells_its_time_and_its_sha_and_asks_for_the_commits() -> None:
    records = read("github", "pull_request.merged")
    pull_request = only(records, PullRequest)
    merged_at = at("2026-03-03T12:00:00Z")
    assert (pull_request.state, pull_request.merged_at, pull_request.merge_sha) == ("merged", merged_at, "d4" * 20)
    assert only(records, PullRequestEvent) == PullRequestEvent(KEY, 12, "merged", merged_at)
    assert only(records, EnrichmentRequest) == EnrichmentRequest(KEY, "pull_request", "12")


def test_a_closed_one_is_not_merged_and_has_no_merge_sha() -> None:
    pull_request = only(read("github", "pull_request.closed"), PullRequest)
    assert (pull_request.state, pull_request.closed_at) == ("closed", UPDATED)
    assert (pull_request.merged_at, pull_request.merge_sha) == (None, None)


def test_a_team_is_asked_under_its_own_key() -> None:
    requests = of_kind(read("github", "pull_request.review_requested"), ReviewRequest)
    assert {request.reviewer: request.name for request in requests} == {
        "account:7102": "jonvale",
        "team:3300": "Platform",
    }
    assert all(request.requested and request.seen_at == UPDATED for request in requests)


@pytest.mark.parametrize("still_listed", [False, True])
def test_a_removed_request_is_one_also_when_the_snapshot_still_has_it(still_listed: bool) -> None:
    jon = {"id": 7102, "login": "jonvale", "type": "User"}
    changes = {"pull_request.requested_reviewers": [jon] if still_listed else []}
    request = only(read("github", "pull_request.review_request_removed", changes), ReviewRequest)
    assert (request.reviewer, request.requested) == ("account:7102", False)


def test_deleted_users_and_forks_are_unknown_and_stop_nothing() -> None:
    records = read("github", "pull_request.from_deleted_fork")
    pull_request = only(records, PullRequest)
    assert (pull_request.author, pull_request.head_repository, pull_request.labels) == (None, None, ())
    assert of_kind(records, ReviewRequest) == []


def test_the_stand_in_for_deleted_users_is_nobody() -> None:
    ghost = {"id": 10137, "login": "ghost", "type": "User"}
    assert only(read("github", "pull_request.opened", {"pull_request.user": ghost}), PullRequest).author is None


def test_a_bots_pull_request_is_a_bots() -> None:
    bot = {"id": 5, "login": "dependabot[bot]", "type": "Bot"}
    author = only(read("github", "pull_request.opened", {"pull_request.user": bot}), PullRequest).author
    assert author is not None
    assert author.bot


@pytest.mark.parametrize("field", ["draft", "merged", "labels", "requested_teams", "title", "body", "merge_commit_sha"])
@pytest.mark.parametrize("value", [None, ...])
def test_what_is_not_essential_may_be_missing(field: str, value: object) -> None:
    assert only(read("github", "pull_request.opened", {f"pull_request.{field}": value}), PullRequest).number == 12


def test_a_merge_without_its_time_is_at_the_closing() -> None:
    pull_request = only(read("github", "pull_request.merged", {"pull_request.merged_at": None}), PullRequest)
    assert (pull_request.state, pull_request.merged_at) == ("merged", at("2026-03-03T12:00:00Z"))


def test_an_address_that_no_browser_should_open_is_left_out() -> None:
    assert (
        only(read("github", "pull_request.opened", {"pull_request.html_url": "javascript:x"}), PullRequest).url is None
    )
