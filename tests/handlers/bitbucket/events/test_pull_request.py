"""Every event of a pull request is a snapshot; being merged or declined is a moment."""

import pytest

from handlers.reading import Unreadable
from storage.records import PullRequest, PullRequestEvent, ReviewRequest
from tests.handlers.payloads import at, kinds, of_kind, only, read

CREATED, CLOSED = at("2026-03-01T10:30:00.000001Z"), at("2026-03-02T10:00:00.5Z")


def moments(name: str) -> list[tuple[str, object]]:
    return [(event.kind, event.at) for event in of_kind(read("bitbucket", name), PullRequestEvent)]


def test_an_opened_one_asks_its_reviewers() -> None:
    records = read("bitbucket", "pullrequest_created.with_reviewer")
    assert kinds(records) == ["Repository", "PullRequest", "PullRequestEvent", "ReviewRequest"]
    request = only(records, ReviewRequest)
    assert (request.reviewer, request.name, request.requested) == (
        "account:00000022-1111-4111-8111-111111111111",
        "sam",
        True,
    )
    snapshot = only(records, PullRequest)
    assert (snapshot.number, snapshot.state, snapshot.head_ref, snapshot.base_ref) == (12, "open", "limits", "main")
    assert (snapshot.created_at, snapshot.head_repository) == (CREATED, "610e2f4a-7c1b-4b8e-9c39-2f1d0c6a9b11")
    assert snapshot.url == "https://bitbucket.org/acme/api/pull-requests/12"


def test_fulfilled_is_merged_with_the_shas_as_far_as_they_are_told() -> None:
    snapshot = only(read("bitbucket", "pullrequest_fulfilled.merged"), PullRequest)
    assert (snapshot.state, snapshot.merged_at, snapshot.closed_at) == ("merged", CLOSED, CLOSED)
    assert (snapshot.head_sha, snapshot.merge_sha) == ("b2" * 6, "d4" * 6)
    assert moments("pullrequest_fulfilled.merged") == [("opened", CREATED), ("merged", CLOSED)]


def test_a_fast_forward_is_merged_by_its_own_head() -> None:
    records = read("bitbucket", "pullrequest_fulfilled.merged", {"pullrequest.merge_commit": None})
    assert only(records, PullRequest).merge_sha == "b2" * 6


def test_rejected_is_closed() -> None:
    snapshot = only(read("bitbucket", "pullrequest_rejected.declined"), PullRequest)
    assert (snapshot.state, snapshot.merged_at, snapshot.merge_sha) == ("closed", None, None)
    assert moments("pullrequest_rejected.declined") == [("opened", CREATED), ("closed", CLOSED)]


def test_an_updated_draft_is_a_snapshot_and_no_moment() -> None:
    assert only(read("bitbucket", "pullrequest_updated.draft"), PullRequest).draft
    assert moments("pullrequest_updated.draft") == [("opened", CREATED)]


def test_one_from_a_deleted_fork_by_nobody_is_read() -> None:
    changes = {"pullrequest.source.repository": None, "pullrequest.source.commit": None, "pullrequest.author": None}
    snapshot = only(read("bitbucket", "pullrequest_created.with_reviewer", changes), PullRequest)
    assert (snapshot.head_repository, snapshot.head_sha, snapshot.author) == (None, None, None)


def test_without_a_time_it_is_refused() -> None:
    with pytest.raises(Unreadable, match="updated_on"):
        read("bitbucket", "pullrequest_created.with_reviewer", {"pullrequest.updated_on": None})
