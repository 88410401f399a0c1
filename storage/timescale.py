"""Which of three kinds of database this is, and what follows: hypertables and continuous aggregates where they can be.

1. plain PostgreSQL: tables, and aggregates that are counted again for what a batch touched (storage/aggregates.py);
2. TimescaleDB's Apache edition: the same, but raw events in chunks;
3. its community edition: aggregates are continuous ones, refreshed every hour by the server itself, and real-time: what
   a batch touched since is counted by us.

Everything here may run again and again, and on a database that holds data.
"""

import asyncio
import enum
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.aggregates import AGGREGATES
from storage.chunks import lengthen_chunks
from storage.continuous import is_as_now, make_continuous
from storage.moving import mark, move


class Kind(enum.Enum):
    PLAIN = "plain PostgreSQL"
    APACHE = "TimescaleDB, Apache edition"
    COMMUNITY = "TimescaleDB, community edition"


class Found(NamedTuple):
    kind: Kind
    # Tables that this kind would have as hypertables, and aggregates that it would have as continuous ones, as this
    # version makes them.
    to_move: list[str]

    @property
    def meaning(self) -> str:
        """In a sentence for the administrator."""
        if self.to_move:
            return f"{self.kind.value}, not used yet for {', '.join(self.to_move)}: run `devmetrics migrate`."
        return {
            Kind.PLAIN: "plain PostgreSQL: everything works; raw events expire row by row.",
            Kind.APACHE: "TimescaleDB, Apache edition: raw events expire by chunk; aggregates are tables.",
            Kind.COMMUNITY: "TimescaleDB, community edition: raw events expire by chunk, aggregates are continuous.",
        }[self.kind]


# By day of creation, of writing, or of finishing. Commits go by chunk, so a chunk is a week: longer ones would be kept
# longer. The others go by row after two years, and a report looks into each of their chunks: there are two or three.
HYPERTABLES = {"commits": 7, "pull_requests": 730, "deployments": 730}
Progress = Callable[[str, int, int], None]

# Of this database.
LOCK = sa.text("SELECT pg_try_advisory_lock(hashtext('devmetrics: use timescale'))")
UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('devmetrics: use timescale'))")
SECONDS_BETWEEN_ATTEMPTS = 0.5


def _silent(_what: str, _done: int, _total: int) -> None:
    pass


async def find_kind(connection: AsyncConnection) -> Kind:
    installed = await connection.scalar(sa.text("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'"))
    if not installed:
        return Kind.PLAIN
    edition = await connection.scalar(sa.text("SELECT current_setting('timescaledb.license', true)"))
    return Kind.COMMUNITY if edition == "timescale" else Kind.APACHE


async def is_hypertable(connection: AsyncConnection, table: str) -> bool:
    if await find_kind(connection) is Kind.PLAIN:
        return False
    query = sa.text("SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name = :table")
    return bool(await connection.scalar(query, {"table": table}))


async def find_state(connection: AsyncConnection) -> Found:
    kind = await find_kind(connection)
    if kind is Kind.PLAIN:
        return Found(kind, [])
    missing = [table for table in HYPERTABLES if not await is_hypertable(connection, table)]
    if kind is Kind.COMMUNITY:
        missing += [name for name in AGGREGATES if not await is_as_now(connection, name)]
    return Found(kind, missing)


async def use_timescale(engine: AsyncEngine, progress: Progress = _silent) -> Found:
    """Make of the database what its kind can be; `progress` is told each step, in hundredths of one. Returns what it
    is now.

    Everybody goes on reading and writing meanwhile. When it is stopped nothing is lost, and the next call goes on;
    several calls at the same time go one after the other.
    """
    async with _one_at_a_time(engine):
        async with engine.connect() as connection:
            found = await find_state(connection)
        whole = 100 * len(found.to_move)
        for number, name in enumerate(found.to_move):
            done = 100 * number
            progress(name, done, whole)
            steps = (
                move(engine, name, f"{HYPERTABLES[name]} days")
                if name in HYPERTABLES
                else make_continuous(engine, name)
            )
            async for part in steps:
                progress(name, done + round(100 * part), whole)
        if found.to_move:
            progress("", whole, whole)
        if found.kind is not Kind.PLAIN:
            async with engine.begin() as connection:
                for table in HYPERTABLES:
                    await mark(connection, table)
            for table, days in HYPERTABLES.items():
                await lengthen_chunks(engine, table, timedelta(days=days), merge=found.kind is Kind.COMMUNITY)
    return Found(found.kind, [])


@asynccontextmanager
async def _one_at_a_time(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.connect() as guard:
        # The lock is the session's: no transaction stays open beside the work, nor while waiting for another's.
        while not await guard.scalar(LOCK):
            await guard.commit()
            await asyncio.sleep(SECONDS_BETWEEN_ATTEMPTS)
        await guard.commit()
        try:
            yield
        finally:
            await guard.execute(UNLOCK)
            await guard.commit()
