"""`pullrequest:approved` and its like: somebody approved, or wants changes. Taking it back undoes no review.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Approved
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import RepositoryPart, key_of, repository_of
from handlers.bitbucket.pull_requests import PullRequestPart, snapshot_of
from handlers.bitbucket.reviews import VerdictPart, approval_record, changes_record
from handlers.registry import Origin
from storage.records import Record

EVENT = ("pullrequest:approved", "pullrequest:unapproved", "pullrequest:changes_request_created")


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
        yield approval_record(payload.approval, key, snapshot.number)
    if payload.changes_request is not None:
        yield changes_record(payload.changes_request, key, snapshot.number)
