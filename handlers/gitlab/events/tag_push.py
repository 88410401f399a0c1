"""`tag_push`: a tag was set or removed."""

from collections.abc import Iterator

from handlers.gitlab.pushes import PushPayload as Payload
from handlers.gitlab.pushes import records_of
from handlers.registry import Origin
from storage.records import Record

EVENT = "tag_push"


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    yield from records_of(payload, origin)
