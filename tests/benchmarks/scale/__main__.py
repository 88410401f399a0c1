"""`make bench-scale`: whether numbers answer as fast after three years of a thousand repositories as on the first day.

The same team is asked twice: beside all other repositories, and alone, which is a hundredth of the rows (more of them
below a scale of 0.1). The sizes are in the environment: BENCH_SCALE (1: a thousand repositories, of which the team owns
ten), BENCH_ANSWERS (how often each question is asked). With TIMESCALE_DSN also on databases of that server. They are
made for this and dropped; with BENCH_KEEP, a folder for the embedded PostgreSQL, they stay, also those of that server,
and the next run brings them to its own version's tables, as an upgrade would, and measures only.
"""

import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
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
from tests.benchmarks.scale.measuring import Ask, Measured, common_queries, measure, questions
from tests.benchmarks.setting import ANSWERS, judge, say

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
REPOSITORIES, OWNED = max(2, round(1000 * SCALE)), max(1, round(10 * SCALE))
P95_MILLISECONDS, RATIO, LATE_SECONDS = 100.0, 1.5, 1.0
LATE_EVENTS = 1000
KEEP = os.environ.get("BENCH_KEEP")


def main() -> None:
    say(describe_machine())
    with contextlib.ExitStack() as left:
        name = KEEP or left.enter_context(
            tempfile.TemporaryDirectory(prefix="devmetrics-scale-", ignore_cleanup_errors=True)
        )
        folder = Path(name)
        folder.mkdir(exist_ok=True)
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
    async with (
        loaded_database(server, OWNED, timescale=timescale) as few,
        loaded_database(server, REPOSITORIES, timescale=timescale) as every,
    ):
        for question, ask in every.questions.items():
            alone, beside = await measure([(few.engine, few.questions[question]), (every.engine, ask)], ANSWERS)
            say(f"  {question}")
            tell("alone", alone)
            tell(f"beside {REPOSITORIES // OWNED} times the rows", beside)
            judge("    p95", beside.p95, P95_MILLISECONDS, " ms")
            judge("    median, to that alone", beside.median / alone.median, RATIO, " times")
        for question, ask in common_queries(every.engine).items():
            [measured] = await measure([(every.engine, ask)], ANSWERS)
            say(f"  {question}")
            tell("of all", measured)
            judge("    p95", measured.p95, P95_MILLISECONDS, " ms")
        seconds = await aggregate_again(every.engine, every.now)
        judge(f"  {LATE_EVENTS:,} late events", seconds, LATE_SECONDS, " s")


def tell(where: str, measured: Measured) -> None:
    database = "" if measured.busy_database is None else f" and {measured.busy_database:.1f} ms in the database"
    say(
        f"    {where}: median {measured.median:.1f} ms, p95 {measured.p95:.1f} ms, {measured.rows_read:,} rows read; "
        f"processor time {measured.busy_here:.1f} ms here{database}"
    )


class Loaded(NamedTuple):
    engine: AsyncEngine
    questions: dict[str, Ask]
    now: datetime


@contextlib.asynccontextmanager
async def loaded_database(server: sa.URL, repositories: int, *, timescale: bool) -> AsyncIterator[Loaded]:
    name = f"devmetrics_scale_{repositories}" if KEEP else f"devmetrics_scale_{uuid4().hex[:8]}"
    maker = create_engine(server, pool_size=1)
    engine = create_engine(server.set(database=name))
    try:
        async with maker.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            if not await alone.scalar(
                sa.text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name}
            ):
                unfinished = f"{name}_unfinished"
                await alone.execute(sa.text(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"))
                await alone.execute(sa.text(f"CREATE DATABASE {unfinished}"))
                await fill(server.set(database=unfinished), repositories, timescale=timescale)
                # The server's own jobs may be connected to it.
                leave = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                await alone.execute(sa.text(leave), {"name": unfinished})
                await alone.execute(sa.text(f"ALTER DATABASE {unfinished} RENAME TO {name}"))
            else:
                await bring_up_to_date(server.set(database=name), timescale=timescale)
            try:
                async with engine.begin() as reading:
                    organization_id = await ensure_organization(reading, "default")
                    now = (await reading.execute(sa.text("SELECT max(seen_at) FROM repositories"))).scalar_one()
                yield Loaded(engine, questions(engine, organization_id, now), now)
            finally:
                await engine.dispose()
                if not KEEP:
                    await alone.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await maker.dispose()


async def fill(url: sa.URL, repositories: int, *, timescale: bool) -> None:
    started = time.perf_counter()
    await migrate(url)
    engine = create_engine(url)
    async with engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    await load(engine, organization_id, repositories, OWNED, datetime.now(UTC))
    say(f"  loaded {repositories:,} repositories in {time.perf_counter() - started:.0f} s")
    await engine.dispose()
    if timescale:
        async with engine.begin() as connection:
            await connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
        await engine.dispose()
    await bring_up_to_date(url, timescale=timescale)


async def bring_up_to_date(url: sa.URL, *, timescale: bool) -> None:
    """What `devmetrics migrate` does; a database that was kept may be an older version's."""
    started = time.perf_counter()
    await migrate(url)
    engine = create_engine(url)
    try:
        if timescale:
            await use_timescale(engine)
        await settle(engine)
    finally:
        await engine.dispose()
    say(f"  brought {url.database} up to date in {time.perf_counter() - started:.0f} s")


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


if __name__ == "__main__":
    main()
