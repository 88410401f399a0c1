"""The pull request that its own events, approvals and comments carry, and the record it becomes."""

import msgspec

from handlers.bitbucket.payloads import AccountPart, BranchPart, LinksPart, RepositoryPart, person_of, url_of
from handlers.payloads import Number, Sha
from handlers.times import Time, required_time
from storage.records import PullRequest, RepositoryKey

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


def snapshot_of(pull_request: PullRequestPart, key: RepositoryKey) -> PullRequest:
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
        merged_at=seen_at if state == "merged" else None,
        closed_at=None if state == "open" else seen_at,
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
