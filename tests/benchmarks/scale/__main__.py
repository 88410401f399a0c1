"""`make bench-scale`: whether numbers answer as fast after three years of a thousand repositories as on the first day.

The same team is asked twice: beside all other repositories, and alone, which is a hundredth of the rows (more of them
below a scale of 0.1). The sizes are in the environment: BENCH_SCALE (1: a thousand repositories, of which the team owns
ten), BENCH_ANSWERS (how often each question is asked). With TIMESCALE_DSN also on databases of that server, made for
this and dropped.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.aggregates import refresh
from storage.database import create_engine
from storage.embedded import embedded_postgresql
from storage.migrate import ensure_organization, migrate
from storage.timescale import use_timescale
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.scale.loading import load, settle
from tests.benchmarks.scale.measuring import Ask, measure, questions
from tests.benchmarks.setting import ANSWERS, judge, say

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
REPOSITORIES, OWNED = max(2, round(1000 * SCALE)), max(1, round(10 * SCALE))
P95_MILLISECONDS, RATIO, LATE_SECONDS = 100.0, 1.5, 1.0
LATE_EVENTS = 1000


def main() -> None:
    say(describe_machine())
    with tempfile.TemporaryDirectory(prefix="devmetrics-scale-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # As root, PostgreSQL runs as another user, who has to reach it.
        folder.chmod(0o711)
        asyncio.run(compare_plain(folder))
    if dsn := os.environ.get("TIMESCALE_DSN"):
        say("\nTimescaleDB")
        asyncio.run(compare(sa.make_url(dsn).set(drivername="postgresql+asyncpg"), timescale=True))


async def compare_plain(folder: Path) -> None:
    async with embedded_postgresql(folder) as url:
        say("\nPlain PostgreSQL")
        await compare(sa.make_url(url), timescale=False)


async def compare(server: sa.URL, *, timescale: bool) -> None:
    now = datetime.now(UTC)
    async with (
        loaded_database(server, OWNED, now, timescale=timescale) as (few_engine, ask_few),
        loaded_database(server, REPOSITORIES, now, timescale=timescale) as (engine, ask_every),
    ):
        for question, ask in ask_every.items():
            few, every = await measure([(few_engine, ask_few[question]), (engine, ask)], ANSWERS)
            say(
                f"  {question}: median {every.median:.1f} ms, {every.rows_read:,} rows read "
                f"(alone: {few.median:.1f} ms, {few.rows_read:,})"
            )
            judge("    p95", every.p95, P95_MILLISECONDS, " ms")
            ratio = every.median / few.median
            judge(f"    median beside {REPOSITORIES // OWNED} times the rows", ratio, RATIO, " times")
        if not timescale:
            judge(f"  {LATE_EVENTS:,} late events", await aggregate_again(engine, now), LATE_SECONDS, " s")


@contextlib.asynccontextmanager
async def loaded_database(
    server: sa.URL, repositories: int, now: datetime, *, timescale: bool
) -> AsyncIterator[tuple[AsyncEngine, dict[str, Ask]]]:
    async with fresh_database(server) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, "default")
        started = time.perf_counter()
        await load(engine, organization_id, repositories, OWNED, now)
        if timescale:
            async with engine.begin() as connection:
                await connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
            await engine.dispose()
            await use_timescale(engine)
        await settle(engine)
        say(f"  loaded {repositories:,} repositories in {time.perf_counter() - started:.0f} s")
        yield engine, questions(engine, organization_id, now)


async def aggregate_again(engine: AsyncEngine, now: datetime) -> float:
    """Seconds for the days and weeks of late events, spread over the repositories and the last weeks."""
    async with engine.begin() as connection:
        ids: list[UUID] = list(await connection.scalars(sa.text("SELECT id FROM repositories")))
        days = [now.date() - timedelta(days=1 + number % 60) for number in range(LATE_EVENTS)]
        touched = [(ids[number % len(ids)], day) for number, day in enumerate(days)]
        weeks: set[tuple[UUID, date]] = {(one, day - timedelta(days=day.weekday())) for one, day in touched}
        started = time.perf_counter()
        await refresh(connection, set(touched), weeks)
        return time.perf_counter() - started


@contextlib.asynccontextmanager
async def fresh_database(server: sa.URL) -> AsyncIterator[AsyncEngine]:
    """With all tables, on this server, until the end of the block."""
    name = f"devmetrics_scale_{uuid4().hex[:8]}"
    maker = create_engine(server, pool_size=1)
    try:
        async with maker.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(sa.text(f"CREATE DATABASE {name}"))
            engine = create_engine(server.set(database=name))
            try:
                await migrate(engine.url)
                yield engine
            finally:
                await engine.dispose()
                await alone.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await maker.dispose()


if __name__ == "__main__":
    main()
