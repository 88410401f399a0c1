"""`pullrequest:*`: made, changed, merged ("fulfilled") or declined ("rejected"); each carries a snapshot.

What became of a draft is not told: coding of a pull request that was one ends at its creation.
https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Pull-request-events
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.bitbucket.pull_requests import PullRequestPart, snapshot_of
from handlers.registry import Origin
from storage.records import PullRequest, PullRequestEvent, Record, ReviewRequest

EVENT = ("pullrequest:created", "pullrequest:updated", "pullrequest:fulfilled", "pullrequest:rejected")


class PullRequestWithReviewers(PullRequestPart):
    reviewers: list[AccountPart] | None = None


class Payload(msgspec.Struct):
    pullrequest: PullRequestWithReviewers
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    snapshot = snapshot_of(payload.pullrequest, key)
    yield repository_of(payload.repository, key, snapshot.seen_at)
    yield snapshot
    yield PullRequestEvent(key, snapshot.number, "opened", snapshot.created_at)
    if snapshot.merged_at is not None:
        yield PullRequestEvent(key, snapshot.number, "merged", snapshot.merged_at)
    elif snapshot.closed_at is not None:
        yield PullRequestEvent(key, snapshot.number, "closed", snapshot.closed_at)
    yield from _requests(payload.pullrequest, snapshot)


def _requests(pull_request: PullRequestWithReviewers, snapshot: PullRequest) -> Iterator[Record]:
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
