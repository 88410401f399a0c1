"""One moment of the database for all queries of a report, whatever is written meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


@asynccontextmanager
async def snapshot(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that only reads, and sees what was committed before its first query."""
    async with engine.connect() as connection:
        reading = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # The same few statements, asked again and again: each is planned once for a connection. Left to itself, the
        # planner would plan most of them for every answer (to it, windows that it knows are fewer), which takes longer
        # than to find the rows where a table is in chunks.
        await reading.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        yield reading
