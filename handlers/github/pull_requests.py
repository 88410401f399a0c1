"""The pull request that its own events, reviews and review comments carry, and the records it becomes."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.github.payloads import AccountPart, LabelPart, names_of, person_of
from handlers.payloads import Id, Number, Sha, link
from handlers.times import Time, parse_time, required_time
from storage.records import PullRequest, RepositoryKey, ReviewRequest


class HeadRepositoryPart(msgspec.Struct):
    id: Id


class BranchPart(msgspec.Struct):
    ref: str
    sha: Sha | None = None
    # None: the fork was deleted.
    repo: HeadRepositoryPart | None = None


class ReviewerPart(msgspec.Struct):
    """A user, or a team."""

    id: Id
    login: str | None = None
    type: str | None = None
    name: str | None = None
    slug: str | None = None


class PullRequestPart(msgspec.Struct):
    number: Number
    state: str
    created_at: Time
    updated_at: Time
    base: BranchPart
    head: BranchPart
    id: Id | None = None
    title: str | None = None
    body: str | None = None
    html_url: str | None = None
    user: AccountPart | None = None
    draft: bool | None = None
    merged: bool | None = None
    merged_at: Time = None
    closed_at: Time = None
    merge_commit_sha: Sha | None = None
    labels: list[LabelPart] | None = None
    requested_reviewers: list[ReviewerPart | None] | None = None
    requested_teams: list[ReviewerPart | None] | None = None
    # In the pull request's own events only.
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    commits: int | None = None
    review_comments: int | None = None


def snapshot_of(pull_request: PullRequestPart, key: RepositoryKey) -> PullRequest:
    seen_at = required_time(pull_request.updated_at, "pull_request.updated_at")
    merged_at = parse_time(pull_request.merged_at)
    closed_at = parse_time(pull_request.closed_at)
    merged = merged_at is not None or bool(pull_request.merged)
    closed = merged or pull_request.state == "closed"
    return PullRequest(
        repository=key,
        number=pull_request.number,
        seen_at=seen_at,
        created_at=required_time(pull_request.created_at, "pull_request.created_at"),
        state="merged" if merged else "closed" if closed else "open",
        merged_at=(merged_at or closed_at or seen_at) if merged else None,
        closed_at=(closed_at or merged_at or seen_at) if closed else None,
        draft=bool(pull_request.draft),
        author=person_of(pull_request.user, key.host, seen_at),
        title=pull_request.title or "",
        url=link(pull_request.html_url),
        body=pull_request.body,
        base_ref=pull_request.base.ref,
        head_ref=pull_request.head.ref,
        head_repository=str(pull_request.head.repo.id) if pull_request.head.repo else None,
        head_sha=pull_request.head.sha,
        # Before the merge it is a trial merge's.
        merge_sha=pull_request.merge_commit_sha if merged else None,
        labels=names_of(pull_request.labels),
        provider_id=str(pull_request.id) if pull_request.id is not None else None,
        lines_added=pull_request.additions,
        lines_deleted=pull_request.deletions,
        files_changed=pull_request.changed_files,
        commit_count=pull_request.commits,
        review_comments=pull_request.review_comments,
    )


def requested_of(pull_request: PullRequestPart, key: RepositoryKey, seen_at: datetime) -> Iterator[ReviewRequest]:
    """Whoever the snapshot says is asked to review."""
    for reviewer in (*(pull_request.requested_reviewers or ()), *(pull_request.requested_teams or ())):
        if reviewer is not None:
            yield request_of(reviewer, key, pull_request.number, seen_at, requested=True)


def request_of(
    reviewer: ReviewerPart, key: RepositoryKey, number: int, seen_at: datetime, *, requested: bool
) -> ReviewRequest:
    if reviewer.login is None:
        return ReviewRequest(
            repository=key,
            number=number,
            reviewer=f"team:{reviewer.id}",
            name=reviewer.name or reviewer.slug or f"team {reviewer.id}",
            person=None,
            requested=requested,
            seen_at=seen_at,
        )
    return ReviewRequest(
        repository=key,
        number=number,
        reviewer=f"account:{reviewer.id}",
        name=reviewer.login,
        person=person_of(AccountPart(reviewer.id, reviewer.login, reviewer.type), key.host, seen_at),
        requested=requested,
        seen_at=seen_at,
    )
