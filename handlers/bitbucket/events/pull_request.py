"""`pullrequest:*`: made, changed, merged ("fulfilled") or declined ("rejected"); each carries a snapshot.

What became of a draft is not told: coding of a pull request that was one ends at its creation.
https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Pull-request-events
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import RepositoryPart, key_of, repository_of
from handlers.bitbucket.pull_requests import PullRequestWithReviewers, moments_of, requests_of, snapshot_of
from handlers.registry import Origin
from storage.records import EnrichmentRequest, Record

EVENT = ("pullrequest:created", "pullrequest:updated", "pullrequest:fulfilled", "pullrequest:rejected")


class Payload(msgspec.Struct):
    pullrequest: PullRequestWithReviewers
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    snapshot = snapshot_of(payload.pullrequest, key)
    yield repository_of(payload.repository, key, snapshot.seen_at)
    yield snapshot
    yield from moments_of(snapshot)
    yield from requests_of(payload.pullrequest, snapshot)
    if snapshot.merged_at is not None:
        # Its size and its commits, which it does not carry.
        yield EnrichmentRequest(key, "pull_request", str(snapshot.number))
