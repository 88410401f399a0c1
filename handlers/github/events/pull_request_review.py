"""`pull_request_review`: somebody approved, asked for changes or commented; or that was edited or dismissed.

https://docs.github.com/webhooks/webhook-events-and-payloads#pull_request_review
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.github.pull_requests import PullRequestPart, snapshot_of
from handlers.payloads import Id
from handlers.registry import Origin
from handlers.times import Time, parse_time
from handlers.verdicts import Ignored
from storage.records import Record, Review

EVENT = "pull_request_review"
ACTIONS = ("submitted", "edited", "dismissed")


class ReviewPart(msgspec.Struct):
    id: Id
    state: str | None = None
    user: AccountPart | None = None
    submitted_at: Time = None


class Payload(msgspec.Struct):
    action: str
    review: ReviewPart
    pull_request: PullRequestPart
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ACTIONS:
        raise Ignored(f"A review that was {payload.action} changes nothing that is counted.")
    key = key_of(payload.repository, origin)
    pull_request = snapshot_of(payload.pull_request, key)
    submitted_at = parse_time(payload.review.submitted_at) or pull_request.seen_at
    # Editing and dismissing have no time of their own: the pull request was updated by them.
    seen_at = submitted_at if payload.action == "submitted" else max(submitted_at, pull_request.seen_at)
    yield repository_of(payload.repository, seen_at, origin)
    yield pull_request
    yield Review(
        repository=key,
        number=pull_request.number,
        provider_key=f"review:{payload.review.id}",
        kind="review",
        reviewer=person_of(payload.review.user, key.host, seen_at),
        state=payload.review.state.lower() if payload.review.state else None,
        submitted_at=submitted_at,
        seen_at=seen_at,
    )
