"""`repo:updated` and its like: made, renamed, moved, changed. Its history stays its own through all of it.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Updated
"""

from collections.abc import Iterator

import msgspec

from handlers.bitbucket.payloads import RepositoryPart, key_of, repository_of
from handlers.registry import Origin
from storage.records import Record

EVENT = ("repo:created", "repo:updated", "repo:transfer")


class Payload(msgspec.Struct):
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    # The event has no time of its own, and is nothing but what the repository is now.
    yield repository_of(payload.repository, key_of(payload.repository, origin), origin.received_at)
