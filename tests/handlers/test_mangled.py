"""Every field of every payload, missing or wrong: its delivery ends with a reason, and no other one suffers."""

import asyncio
import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox import Delivery
from handlers.inbox.postgres import PostgresInbox
from handlers.process import Worker
from handlers.providers import PROVIDERS
from handlers.reading import Ignored, Unreadable, read_delivery
from tests.handlers.payloads import RECEIVED_AT, header, load, names
from tests.handlers.queue import query

MISSING = object()
WRONG: tuple[Any, ...] = (
    *(None, "", "x" * 300, "\0\ud800", True, 1.5, [], {}, [None]),
    *(0, -1, 2**31, 2**63, 10**30),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00"),
)
# Of all combinations, one in so many is tried; all of them take some minutes.
ONE_IN = 40


def places(part: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for name, item in items:
        yield (*path, name)
        yield from places(item, (*path, name))


def mangle(payload: dict[str, Any], path: tuple[str | int, ...], value: object) -> bytes:
    mangled = copy.deepcopy(payload)
    part: Any = mangled
    for step in path[:-1]:
        part = part[step]
    if value is MISSING:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return json.dumps(mangled).encode()


def mangled_bodies() -> Iterator[tuple[str, str, bytes]]:
    """(provider, header, body), without those that say the same as another one."""
    random = Random(11)
    for provider in PROVIDERS:
        for name in names(provider):
            event, payload, said = header(provider, name), load(provider, name), set()
            for path in places(payload):
                for value in (MISSING, *WRONG):
                    if random.randrange(ONE_IN):
                        continue
                    body = mangle(payload, path, value)
                    try:
                        records = repr(read_delivery(provider, event, body, RECEIVED_AT))
                    except (Ignored, Unreadable):
                        records = "none"
                    if records not in said:
                        said.add(records)
                        yield provider, event, body


async def test_nothing_mangled_stops_the_worker_or_costs_another_delivery(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    bodies = list(mangled_bodies())
    assert len(bodies) > 100
    async with PostgresInbox(engine) as inbox:
        await asyncio.gather(
            *(
                inbox.store(Delivery(organization_id, provider, None, str(uuid4()), event, body, RECEIVED_AT))
                for provider, event, body in bodies
            )
        )

    assert await Worker(engine).work() == len(bodies)

    # Each at the first attempt: one that the database refuses would be tried again.
    assert await query(engine, "SELECT DISTINCT attempts FROM webhook_deliveries") == [(1,)]
    found = await query(engine, "SELECT state, reason IS NULL FROM webhook_deliveries GROUP BY 1, 2 ORDER BY 1")
    assert found == [("done", True), ("failed", False), ("ignored", False)]
    assert await query(engine, "SELECT reason FROM webhook_deliveries WHERE reason LIKE '%reference%'") == []
