"""`repository`: made, renamed, transferred, changed, deleted. Its history stays its own through all of it.

https://docs.github.com/webhooks/webhook-events-and-payloads#repository
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import RepositoryPart, key_of, repository_of
from handlers.registry import Origin
from handlers.times import parse_time
from storage.records import Record, RepositoryRemoved

EVENT = "repository"


class Payload(msgspec.Struct):
    action: str
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    # Any action but a deletion touches the repository, so this is the time of the event.
    updated_at = parse_time(payload.repository.updated_at)
    if payload.action == "deleted":
        yield RepositoryRemoved(key_of(payload.repository, origin), at=updated_at, deleted=True)
    else:
        yield repository_of(payload.repository, updated_at, origin)
