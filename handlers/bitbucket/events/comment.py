"""`pullrequest:comment_*`: what a person wrote on a pull request, changed or deleted.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Comment-created.1
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import RepositoryPart, key_of, repository_of
from handlers.bitbucket.pull_requests import PullRequestPart, snapshot_of
from handlers.bitbucket.reviews import CommentPart, comment_record
from handlers.registry import Origin
from storage.records import Record

EVENT = ("pullrequest:comment_created", "pullrequest:comment_updated", "pullrequest:comment_deleted")


class Payload(msgspec.Struct):
    comment: CommentPart
    pullrequest: PullRequestPart
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    snapshot = snapshot_of(payload.pullrequest, key)
    comment = comment_record(payload.comment, key, snapshot.number)
    yield repository_of(payload.repository, key, comment.seen_at)
    yield snapshot
    yield comment
