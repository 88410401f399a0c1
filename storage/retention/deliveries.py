"""Bodies of deliveries: they are there to be run again, so those that were understood go first."""

from datetime import datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.retention.periods import Periods

AT_ONCE = 1000
OLD = text("""
    UPDATE webhook_deliveries SET body = NULL WHERE id IN (
        SELECT id FROM webhook_deliveries
        WHERE body IS NOT NULL AND state IN ('done', 'ignored') AND processed_at < :cut ORDER BY id LIMIT :at_once)
""")
SIZE = text("SELECT coalesce(sum(octet_length(body)), 0) FROM webhook_deliveries WHERE body IS NOT NULL")
# The oldest that were understood; what waits or failed is never dropped.
OLDEST = text("""
    UPDATE webhook_deliveries SET body = NULL WHERE id IN (
        SELECT id FROM (
            SELECT id, sum(octet_length(body)) OVER (ORDER BY id DESC) AS with_newer FROM webhook_deliveries
            WHERE body IS NOT NULL AND state IN ('done', 'ignored')) AS sized
        WHERE with_newer > :bytes ORDER BY id LIMIT :at_once)
""")
ROWS = text("""
    DELETE FROM webhook_deliveries WHERE id IN (
        SELECT id FROM webhook_deliveries
        WHERE state IN ('done', 'ignored') AND processed_at < :cut ORDER BY id LIMIT :at_once)
""")


async def drop_bodies(engine: AsyncEngine, periods: Periods, now: datetime) -> int:
    """Days after success, and the oldest beyond the set size; rows without a body go with the raw events."""
    total = await _again(engine, OLD, cut=now - timedelta(days=periods.body_days))
    async with engine.connect() as connection:
        size = int(await connection.scalar(SIZE) or 0)
    if size > periods.body_megabytes * 2**20:
        total += await _again(engine, OLDEST, bytes=periods.body_megabytes * 2**20)
    return total + await _again(engine, ROWS, cut=now - timedelta(days=periods.raw_days))


async def _again(engine: AsyncEngine, statement: TextClause, **parameters: object) -> int:
    total = 0
    while True:
        async with engine.begin() as connection:
            count = (await connection.execute(statement, {**parameters, "at_once": AT_ONCE})).rowcount
        total += count
        if count < AT_ONCE:
            return total
