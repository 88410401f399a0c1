"""Bodies of deliveries: they are there to be run again, so those that were understood go first. And how often each
was asked for again."""

from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.retention.batches import delete_in_batches
from storage.retention.periods import ASKED_AGAIN_DAYS, Periods

AT_ONCE = 1000
UNDERSTOOD = "state IN ('done', 'ignored')"
DROP_BODIES = """
    WITH old AS (
        SELECT id FROM webhook_deliveries
        WHERE id > :after AND body IS NOT NULL AND {understood} AND {condition} ORDER BY id LIMIT :at_once),
    dropped AS (UPDATE webhook_deliveries AS d SET body = NULL FROM old WHERE d.id = old.id)
    SELECT max(id) AS last, count(*) AS rows FROM old
"""
OLD = text(DROP_BODIES.format(understood=UNDERSTOOD, condition="processed_at < :cut"))
BEYOND = text(DROP_BODIES.format(understood=UNDERSTOOD, condition="id <= :newest"))
# The length of a body is in its row: none is read.
SIZE = text("SELECT coalesce(sum(octet_length(body)), 0) FROM webhook_deliveries WHERE body IS NOT NULL")
# Of those that were understood the newest that does not fit; what waits or failed is never dropped.
NEWEST_BEYOND = text(f"""
    SELECT max(id) FROM (
        SELECT id, sum(octet_length(body)) OVER (ORDER BY id DESC) AS with_newer FROM webhook_deliveries
        WHERE body IS NOT NULL AND {UNDERSTOOD}) AS sized
    WHERE with_newer > :bytes
""")  # noqa: S608 (constants)
ROWS = text(f"""
    WITH old AS (
        SELECT id FROM webhook_deliveries
        WHERE id > :after AND {UNDERSTOOD} AND processed_at < :cut ORDER BY id LIMIT :at_once),
    dropped AS (DELETE FROM webhook_deliveries AS d USING old WHERE d.id = old.id)
    SELECT max(id) AS last, count(*) AS rows FROM old
""")  # noqa: S608 (constants)


async def drop_bodies(engine: AsyncEngine, periods: Periods, now: datetime) -> int:
    """Days after success, and the oldest beyond the set size; rows without a body go with the raw events."""
    total = await _in_batches(engine, OLD, cut=now - timedelta(days=periods.body_days))
    most = periods.body_megabytes * 2**20
    async with engine.connect() as connection:
        newest = None
        if int(await connection.scalar(SIZE) or 0) > most:
            newest = await connection.scalar(NEWEST_BEYOND, {"bytes": most})
    if newest is not None:
        total += await _in_batches(engine, BEYOND, newest=newest)
    return total + await _in_batches(engine, ROWS, cut=now - timedelta(days=periods.raw_days))


async def drop_redeliveries(engine: AsyncEngine, now: datetime) -> int:
    """Those that no provider is asked for any more: how often they were matters to nobody."""
    key = ("organization_id", "provider", "host", "delivery_key")
    cut = now - timedelta(days=ASKED_AGAIN_DAYS)
    return await delete_in_batches(engine, "redeliveries", key, "t.asked_at < :cut", {"cut": cut})


async def _in_batches(engine: AsyncEngine, statement: TextClause, **parameters: object) -> int:
    """Each goes on where the one before ended: what stays is read once."""
    total = after = 0
    while True:
        async with engine.begin() as connection:
            done = (await connection.execute(statement, {**parameters, "after": after, "at_once": AT_ONCE})).one()
        total += int(done.rows)
        if done.rows < AT_ONCE:
            return total
        after = done.last
