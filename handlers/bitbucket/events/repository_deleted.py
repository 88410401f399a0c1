"""`repo:deleted`: it is gone; what is known of it stays.

The documentation of payloads leaves it out; the list of events has it, with a payload like those of its like.
https://developer.atlassian.com/cloud/bitbucket/rest/api-group-webhooks/#api-hook-events-subject-type-get
"""

from collections.abc import Iterator

from handlers.bitbucket.events.repository import Payload
from handlers.bitbucket.payloads import key_of, repository_of
from handlers.registry import Origin
from storage.records import Record, RepositoryRemoved

EVENT = "repo:deleted"

__all__ = ["EVENT", "Payload", "handle"]


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    yield repository_of(payload.repository, key, origin.received_at)
    yield RepositoryRemoved(key, at=origin.received_at, deleted=True)
