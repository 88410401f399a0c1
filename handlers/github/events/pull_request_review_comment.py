"""`pull_request_review_comment`: a comment on a line of the difference.

https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request_review_comment
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.github.pull_requests import PullRequestPart, snapshot_of
from handlers.payloads import Id
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import Record, Review

EVENT = "pull_request_review_comment"
ACTIONS = ("created", "edited", "deleted")


class CommentPart(msgspec.Struct):
    id: Id
    created_at: Time
    updated_at: Time = None
    user: AccountPart | None = None


class Payload(msgspec.Struct):
    action: str
    comment: CommentPart
    pull_request: PullRequestPart
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ACTIONS:
        raise Ignored(f"A review comment that was {payload.action} changes nothing that is counted.")
    key = key_of(payload.repository, origin)
    pull_request = snapshot_of(payload.pull_request, key)
    created_at = required_time(payload.comment.created_at, "comment.created_at")
    seen_at = max(created_at, parse_time(payload.comment.updated_at) or created_at)
    deleted = payload.action == "deleted"
    if deleted:
        # A deletion has no time of its own: the pull request was updated by it.
        seen_at = max(seen_at, pull_request.seen_at)
    yield repository_of(payload.repository, seen_at, origin)
    yield pull_request
    yield Review(
        repository=key,
        number=pull_request.number,
        provider_key=f"comment:{payload.comment.id}",
        kind="comment",
        reviewer=person_of(payload.comment.user, key.host, seen_at),
        state="commented",
        submitted_at=created_at,
        seen_at=seen_at,
        deleted=deleted,
    )
