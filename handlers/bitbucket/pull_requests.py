"""The pull request that its own events, approvals and comments carry, and the record it becomes."""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.bitbucket.payloads import AccountPart, BranchPart, LinksPart, RepositoryPart, person_of, url_of
from handlers.payloads import Number, Sha
from handlers.times import Time, required_time
from storage.records import PullRequest, PullRequestEvent, Record, RepositoryKey, ReviewRequest

STATES = {"MERGED": "merged", "DECLINED": "closed", "SUPERSEDED": "closed"}


class CommitPart(msgspec.Struct):
    # Its first twelve characters: linking finds the commit that the pushes tell whole.
    hash: Sha


class EndPart(msgspec.Struct):
    """Where it comes from, or where it goes."""

    branch: BranchPart
    # None: the branch is gone.
    commit: CommitPart | None = None
    # None: the fork was deleted.
    repository: RepositoryPart | None = None


class PullRequestPart(msgspec.Struct):
    id: Number
    state: str
    created_on: Time
    updated_on: Time
    source: EndPart
    destination: EndPart
    title: str | None = None
    description: str | None = None
    draft: bool | None = None
    author: AccountPart | None = None
    merge_commit: CommitPart | None = None
    links: LinksPart | None = None


class PullRequestWithReviewers(PullRequestPart):
    reviewers: list[AccountPart] | None = None


def snapshot_of(pull_request: PullRequestPart, key: RepositoryKey, ended_at: datetime | None = None) -> PullRequest:
    """`ended_at`: when it was merged or declined, as only its activity tells."""
    seen_at = required_time(pull_request.updated_on, "pullrequest.updated_on")
    state = STATES.get(pull_request.state, "open")
    source = pull_request.source
    head_sha = source.commit.hash if source.commit else None
    merge_sha = pull_request.merge_commit.hash if pull_request.merge_commit else None
    return PullRequest(
        repository=key,
        number=pull_request.id,
        seen_at=seen_at,
        created_at=required_time(pull_request.created_on, "pullrequest.created_on"),
        state=state,
        # Of later events too: the earliest one told counts.
        merged_at=(ended_at or seen_at) if state == "merged" else None,
        closed_at=None if state == "open" else ended_at or seen_at,
        draft=bool(pull_request.draft),
        author=person_of(pull_request.author, key.host, seen_at),
        title=pull_request.title or "",
        url=url_of(pull_request.links),
        body=pull_request.description,
        base_ref=pull_request.destination.branch.name or "",
        head_ref=source.branch.name or "",
        head_repository=source.repository.uuid.strip("{}") if source.repository else None,
        head_sha=head_sha,
        # A fast-forward makes no commit: the last one itself came onto the branch.
        merge_sha=(merge_sha or head_sha) if state == "merged" else None,
        labels=(),
    )


def moments_of(snapshot: PullRequest) -> Iterator[Record]:
    """What the snapshot itself says of its life."""
    yield PullRequestEvent(snapshot.repository, snapshot.number, "opened", snapshot.created_at)
    if snapshot.merged_at is not None:
        yield PullRequestEvent(snapshot.repository, snapshot.number, "merged", snapshot.merged_at)
    elif snapshot.closed_at is not None:
        yield PullRequestEvent(snapshot.repository, snapshot.number, "closed", snapshot.closed_at)


def requests_of(pull_request: PullRequestWithReviewers, snapshot: PullRequest) -> Iterator[Record]:
    """Reviewers as they are now; whoever was taken off before is not told."""
    for reviewer in pull_request.reviewers or ():
        yield ReviewRequest(
            repository=snapshot.repository,
            number=snapshot.number,
            reviewer=f"account:{reviewer.uuid.strip('{}')}",
            name=reviewer.nickname or reviewer.display_name or reviewer.uuid,
            person=person_of(reviewer, snapshot.repository.host, snapshot.seen_at),
            requested=True,
            seen_at=snapshot.seen_at,
        )
