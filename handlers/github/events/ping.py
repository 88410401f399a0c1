"""`ping`: sent when a webhook is made. It proves that deliveries arrive, and says nothing that is counted."""

from collections.abc import Iterator

import msgspec

from handlers.registry import Origin
from storage.records import Record

EVENT = "ping"


class Payload(msgspec.Struct):
    pass


def handle(_payload: Payload, _origin: Origin) -> Iterator[Record]:
    yield from ()
