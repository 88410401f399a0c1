"""`merge_request`: every action carries a snapshot; some are moments that decide a stage, some are approvals.

https://docs.gitlab.com/user/project/integrations/webhook_events/#merge-request-events
"""

import re
from collections.abc import Iterator

import msgspec

from handlers.gitlab.merge_requests import MergeRequestPart, snapshot_of
from handlers.gitlab.payloads import LabelPart, ProjectPart, UserPart, approval_of, key_of, person_of, repository_of
from handlers.registry import Origin
from handlers.times import parse_time
from storage.records import (
    EnrichmentRequest,
    PullRequest,
    PullRequestCommit,
    PullRequestEvent,
    Record,
    ReviewRequest,
)

EVENT = "merge_request"
# `approval` is one of several that are needed, `approved` the last of them.
APPROVALS = ("approved", "approval")
# https://docs.gitlab.com/user/project/merge_requests/drafts/
DRAFT_TITLE = re.compile(r"\s*(?:\[draft\]|\(draft\)|draft:|\[wip\]|wip:)", re.IGNORECASE)


class FlagChange(msgspec.Struct):
    previous: bool | None = None
    current: bool | None = None


class TextChange(msgspec.Struct):
    previous: str | None = None
    current: str | None = None


class PeopleChange(msgspec.Struct):
    previous: list[UserPart | None] | None = None
    current: list[UserPart | None] | None = None


class Changes(msgspec.Struct):
    draft: FlagChange | None = None
    work_in_progress: FlagChange | None = None
    title: TextChange | None = None
    target_branch: TextChange | None = None
    reviewers: PeopleChange | None = None


class AttributesPart(MergeRequestPart):
    action: str | None = None


class Payload(msgspec.Struct):
    object_attributes: AttributesPart
    project: ProjectPart
    user: UserPart | None = None
    labels: list[LabelPart] | None = None
    changes: Changes | None = None
    assignees: list[UserPart | None] | None = None
    reviewers: list[UserPart | None] | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    attributes = payload.object_attributes
    key = key_of(payload.project, origin, attributes.target_project_id)
    people = (payload.user, *(payload.assignees or ()), *(payload.reviewers or ()))
    merge_request = snapshot_of(attributes, key, people, payload.labels, attributes.action)
    yield repository_of(payload.project, key, merge_request.seen_at)
    yield merge_request
    if attributes.last_commit is not None:
        authored_at = parse_time(attributes.last_commit.timestamp)
        yield PullRequestCommit(key, merge_request.number, attributes.last_commit.id, authored_at)
    yield from _moments(payload, merge_request)
    yield from _requests(payload, merge_request)
    if attributes.action in APPROVALS:
        at = merge_request.seen_at
        approval = approval_of(key, merge_request.number, person_of(payload.user, key.host, at), at)
        if approval is not None:
            yield approval


def _moments(payload: Payload, merge_request: PullRequest) -> Iterator[Record]:
    key, number, at = merge_request.repository, merge_request.number, merge_request.seen_at
    action, changes = payload.object_attributes.action, payload.changes or Changes()
    if action == "open":
        yield PullRequestEvent(key, number, "opened", merge_request.created_at)
        return
    if action == "reopen":
        yield PullRequestEvent(key, number, "reopened", at)
    elif action == "close":
        yield PullRequestEvent(key, number, "closed", merge_request.closed_at or at)
    elif action == "merge":
        yield PullRequestEvent(key, number, "merged", merge_request.merged_at or at)
        yield EnrichmentRequest(key, "pull_request", str(number))
    if changes.target_branch is not None and changes.target_branch.previous:
        yield PullRequestEvent(key, number, "retargeted", at)
    draft = _became_draft(changes)
    if draft is not None:
        yield PullRequestEvent(key, number, "draft" if draft else "ready", at)


def _became_draft(changes: Changes) -> bool | None:
    """None: nothing changed. Older versions tell it by the title only."""
    for change in (changes.draft, changes.work_in_progress):
        if change is not None:
            return None if bool(change.previous) == bool(change.current) else bool(change.current)
    title = changes.title
    if title is None or title.previous is None or title.current is None:
        return None
    before, after = DRAFT_TITLE.match(title.previous), DRAFT_TITLE.match(title.current)
    return None if bool(before) == bool(after) else after is not None


def _requests(payload: Payload, merge_request: PullRequest) -> Iterator[Record]:
    """Reviewers as they are now, and those that the event took away."""
    asked = {user.id: user for user in payload.reviewers or () if user is not None and user.id is not None}
    change = payload.changes.reviewers if payload.changes and payload.changes.reviewers else PeopleChange()
    for user in change.current or ():
        if user is not None and user.id is not None and payload.reviewers is None:
            asked[user.id] = user
    dropped = {user.id: user for user in change.previous or () if user is not None and user.id is not None}
    for user_id, user in {**dropped, **asked}.items():
        yield ReviewRequest(
            repository=merge_request.repository,
            number=merge_request.number,
            reviewer=f"account:{user_id}",
            name=user.username or user.name or f"user {user_id}",
            person=person_of(user, merge_request.repository.host, merge_request.seen_at),
            requested=user_id in asked,
            seen_at=merge_request.seen_at,
        )
