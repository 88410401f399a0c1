"""`pullrequest:comment_*`: what a person wrote on a pull request, changed or deleted.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Comment-created.1
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.bitbucket.pull_requests import PullRequestPart, snapshot_of
from handlers.payloads import Id
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from storage.records import Record, Review

EVENT = ("pullrequest:comment_created", "pullrequest:comment_updated", "pullrequest:comment_deleted")


class CommentPart(msgspec.Struct):
    id: Id
    created_on: Time
    updated_on: Time = None
    user: AccountPart | None = None
    deleted: bool | None = None


class Payload(msgspec.Struct):
    comment: CommentPart
    pullrequest: PullRequestPart
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    comment = payload.comment
    created_at = required_time(comment.created_on, "comment.created_on")
    seen_at = max(created_at, parse_time(comment.updated_on) or created_at)
    snapshot = snapshot_of(payload.pullrequest, key)
    yield repository_of(payload.repository, key, seen_at)
    yield snapshot
    yield Review(
        repository=key,
        number=snapshot.number,
        provider_key=f"comment:{comment.id}",
        kind="comment",
        reviewer=person_of(comment.user, key.host, seen_at),
        state="commented",
        submitted_at=created_at,
        seen_at=seen_at,
        deleted=bool(comment.deleted),
    )
