"""Groups and subgroups that were made, renamed or deleted.

https://docs.gitlab.com/administration/system_hooks/
"""

from collections.abc import Iterator

import msgspec

from handlers.gitlab.payloads import PROVIDER
from handlers.payloads import Id
from handlers.registry import Origin
from storage.records import Record, Team, TeamKey

EVENT = ("group_create", "group_rename", "group_destroy", "subgroup_create", "subgroup_destroy")


class Payload(msgspec.Struct):
    event_name: str
    group_id: Id
    path: str
    name: str | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    yield Team(
        TeamKey(PROVIDER, origin.host, str(payload.group_id)),
        slug=payload.path,
        name=payload.name or payload.path,
        deleted=payload.event_name.endswith("_destroy"),
    )
