"""The merge request that its own events and its notes carry, and the record it becomes."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from handlers.gitlab.payloads import LabelPart, UserPart, person_of, titles_of, user_with_id
from handlers.payloads import Id, Number, Sha, link
from handlers.times import Time, parse_time, required_time
from storage.records import PullRequest, RepositoryKey

# `locked` is said while the merge is being made.
STATES = {"merged": "merged", "closed": "closed"}


class LastCommitPart(msgspec.Struct):
    id: Sha
    timestamp: Time = None


class MergeRequestPart(msgspec.Struct):
    iid: Number
    state: str
    created_at: Time
    updated_at: Time
    target_branch: str
    source_branch: str
    id: Id | None = None
    title: str | None = None
    description: str | None = None
    url: str | None = None
    author_id: Id | None = None
    # None: the fork was deleted.
    source_project_id: Id | None = None
    target_project_id: Id | None = None
    draft: bool | None = None
    # `draft` before GitLab 14.
    work_in_progress: bool | None = None
    # Not in the documented payload, but the true times where they are told.
    merged_at: Time = None
    closed_at: Time = None
    merge_commit_sha: Sha | None = None
    squash_commit_sha: Sha | None = None
    last_commit: LastCommitPart | None = None
    labels: list[LabelPart] | None = None


def snapshot_of(
    merge_request: MergeRequestPart,
    key: RepositoryKey,
    people: Iterable[UserPart | None],
    labels: list[LabelPart] | None = None,
    action: str | None = None,
) -> PullRequest:
    """`people` may hold the author's names; `labels` are those beside the merge request, the newer form."""
    seen_at = required_time(merge_request.updated_at, "updated_at")
    state = STATES.get(merge_request.state.strip(), "open")
    head_sha = merge_request.last_commit.id if merge_request.last_commit else None
    draft = merge_request.work_in_progress if merge_request.draft is None else merge_request.draft
    return PullRequest(
        repository=key,
        number=merge_request.iid,
        seen_at=seen_at,
        created_at=required_time(merge_request.created_at, "created_at"),
        state=state,
        # Provisional: the earliest one told counts, and the API knows the true one.
        merged_at=(parse_time(merge_request.merged_at) or seen_at) if state == "merged" else None,
        closed_at=_closed_at(merge_request, state, action, seen_at),
        draft=bool(draft),
        author=person_of(user_with_id(merge_request.author_id, people), key.host, seen_at),
        title=merge_request.title or "",
        url=link(merge_request.url),
        body=merge_request.description,
        base_ref=merge_request.target_branch,
        head_ref=merge_request.source_branch,
        head_repository=_text(merge_request.source_project_id),
        head_sha=head_sha,
        # A fast-forward makes no commit: the last one itself came onto the branch.
        merge_sha=(merge_request.merge_commit_sha or merge_request.squash_commit_sha or head_sha)
        if state == "merged"
        else None,
        labels=titles_of(merge_request.labels if labels is None else labels),
        provider_id=_text(merge_request.id),
    )


def _closed_at(merge_request: MergeRequestPart, state: str, action: str | None, seen_at: datetime) -> datetime | None:
    """Later events of a closed merge request do not tell when it was closed."""
    if state == "open":
        return None
    closed_at = parse_time(merge_request.closed_at) or parse_time(merge_request.merged_at)
    return closed_at or (seen_at if action in ("close", "merge") else None)


def _text(provider_id: int | None) -> str | None:
    return None if provider_id is None else str(provider_id)
