"""Projects that were made, renamed, moved, changed or deleted. Their history stays theirs through all of it.

https://docs.gitlab.com/administration/system_hooks/
"""

from collections.abc import Iterator

import msgspec

from handlers.gitlab.payloads import PROVIDER, commits_url
from handlers.payloads import Id, Ref
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.records import Record, Repository, RepositoryKey, RepositoryRemoved

EVENT = ("project_create", "project_rename", "project_transfer", "project_update", "project_destroy")


class Payload(msgspec.Struct):
    event_name: str
    project_id: Id
    path_with_namespace: Ref
    created_at: Time = None
    updated_at: Time = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = RepositoryKey(PROVIDER, origin.host, str(payload.project_id))
    updated_at = parse_time(payload.updated_at)
    if payload.event_name == "project_destroy":
        yield RepositoryRemoved(key, at=updated_at, deleted=True)
        return
    url = f"https://{origin.host}/{payload.path_with_namespace}"
    yield Repository(
        key=key,
        path=payload.path_with_namespace,
        url=url,
        commits_url=commits_url(url),
        default_branch=None,
        seen_at=updated_at,
        created_at=parse_time(payload.created_at),
    )
