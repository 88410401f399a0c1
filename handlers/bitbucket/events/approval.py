"""`pullrequest:approved` and its like: somebody approved, or wants changes. Taking it back undoes no review.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Approved
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.bitbucket.pull_requests import PullRequestPart, snapshot_of
from handlers.registry import Origin
from handlers.times import Time, required_time
from storage.records import Record, RepositoryKey, Review

EVENT = ("pullrequest:approved", "pullrequest:unapproved", "pullrequest:changes_request_created")


class VerdictPart(msgspec.Struct):
    date: Time
    user: AccountPart | None = None


class Payload(msgspec.Struct):
    pullrequest: PullRequestPart
    repository: RepositoryPart
    # Also when it was taken back: then its date is that of this.
    approval: VerdictPart | None = None
    changes_request: VerdictPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    snapshot = snapshot_of(payload.pullrequest, key)
    yield repository_of(payload.repository, key, snapshot.seen_at)
    yield snapshot
    if payload.approval is not None:
        yield _review(payload.approval, key, snapshot.number, "approval", "approved")
    if payload.changes_request is not None:
        yield _review(payload.changes_request, key, snapshot.number, "review", "changes_requested")


def _review(verdict: VerdictPart, key: RepositoryKey, number: int, kind: str, state: str) -> Review:
    at = required_time(verdict.date, f"{kind}.date")
    reviewer = person_of(verdict.user, key.host, at)
    return Review(
        repository=key,
        number=number,
        provider_key=f"{kind}:{reviewer.user_id if reviewer else ''}:{at.isoformat()}",
        kind=kind,
        reviewer=reviewer,
        state=state,
        submitted_at=at,
        seen_at=at,
    )
