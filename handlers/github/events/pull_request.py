"""`pull_request`: every action carries a snapshot; some are moments that decide a stage.

https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import RepositoryPart, key_of, repository_of
from handlers.github.pull_requests import PullRequestPart, ReviewerPart, request_of, requested_of, snapshot_of
from handlers.registry import Origin
from storage.records import EnrichmentRequest, PullRequest, PullRequestCommit, PullRequestEvent, Record

EVENT = "pull_request"
MOMENTS = {"ready_for_review": "ready", "converted_to_draft": "draft", "reopened": "reopened"}


class BaseChange(msgspec.Struct):
    """It is there when the pull request was given another base."""


class Changes(msgspec.Struct):
    base: BaseChange | None = None


class Payload(msgspec.Struct):
    action: str
    pull_request: PullRequestPart
    repository: RepositoryPart
    changes: Changes | None = None
    requested_reviewer: ReviewerPart | None = None
    requested_team: ReviewerPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    pull_request = snapshot_of(payload.pull_request, key)
    yield repository_of(payload.repository, pull_request.seen_at, origin)
    yield pull_request
    if pull_request.head_sha is not None:
        # A webhook tells no commit's author time.
        yield PullRequestCommit(key, pull_request.number, pull_request.head_sha, None)
    yield from _moments(payload, pull_request)
    yield from _requests(payload, pull_request)


def _requests(payload: Payload, pull_request: PullRequest) -> Iterator[Record]:
    key, number, seen_at = pull_request.repository, pull_request.number, pull_request.seen_at
    requests = {request.reviewer: request for request in requested_of(payload.pull_request, key, seen_at)}
    reviewer = payload.requested_reviewer or payload.requested_team
    if reviewer is not None:
        # The snapshot of a removal may still have who was removed.
        requested = payload.action != "review_request_removed"
        request = request_of(reviewer, key, number, seen_at, requested=requested)
        requests[request.reviewer] = request
    yield from requests.values()


def _moments(payload: Payload, pull_request: PullRequest) -> Iterator[Record]:
    key, number = pull_request.repository, pull_request.number
    if payload.action == "opened":
        yield PullRequestEvent(key, number, "opened", pull_request.created_at)
    elif payload.action in MOMENTS:
        yield PullRequestEvent(key, number, MOMENTS[payload.action], pull_request.seen_at)
    elif payload.action == "edited" and payload.changes is not None and payload.changes.base is not None:
        yield PullRequestEvent(key, number, "retargeted", pull_request.seen_at)
    elif payload.action == "closed" and pull_request.merged_at is not None:
        yield PullRequestEvent(key, number, "merged", pull_request.merged_at)
        yield EnrichmentRequest(key, "pull_request", str(number))
    elif payload.action == "closed":
        yield PullRequestEvent(key, number, "closed", pull_request.closed_at or pull_request.seen_at)
