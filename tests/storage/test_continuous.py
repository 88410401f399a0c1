"""What a batch touched counts at once, and what the server refreshes erases nothing.

With TIMESCALE_DSN of the community edition (`make timescale`) on continuous aggregates, else on tables.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.aggregates import AGGREGATES
from storage.continuous import find_stores, is_continuous, refresh_continuous
from storage.migrate import ensure_organization
from storage.records import Record
from storage.retention import Periods, run_retention
from storage.timescale import Kind, find_kind, find_state, use_timescale
from tests.server import install_timescale, needs_timescale, needs_two_sessions
from tests.storage.telling import LATER, START, WEEKS, aggregates, deployed, pushed, repository, story, tell

FEW = START + timedelta(days=14)
DAYS = "day, repository_id, commit_count, total_lines_added, total_lines_deleted"
AS_BEFORE = f"""
    DROP VIEW daily_commit_stats;
    ALTER TABLE daily_commit_stats_counted DROP COLUMN overrides;
    ALTER MATERIALIZED VIEW daily_commit_stats_live SET (timescaledb.materialized_only = false);
    CREATE VIEW daily_commit_stats AS SELECT {DAYS} FROM daily_commit_stats_counted WHERE commit_count > 0
        UNION ALL SELECT {DAYS} FROM daily_commit_stats_live AS l WHERE NOT EXISTS (
            SELECT FROM daily_commit_stats_counted AS c WHERE c.day = l.day AND c.repository_id = l.repository_id)
"""


async def test_a_touched_bucket_counts_at_once_and_is_the_servers_after_the_next_refresh(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    async with engine.connect() as connection:
        continuous = await is_continuous(connection, "daily_commit_stats")
    if continuous:
        await refresh_continuous(engine)
        assert await count_ours(engine) == 0
    counted = await aggregates(engine, repository_id)
    # In weeks that were counted long ago: a commit more, and a deployment that moves to the week before.
    key, day = repository("1").key, START + timedelta(days=7)
    told: list[Record] = [repository("1"), *pushed(key, day, f"{1:039x}b", ["f" * 40])]
    told += deployed(key, 3, day - timedelta(days=6), f"{1:039x}b", "success")
    await tell(engine, organization_id, told)
    after = await aggregates(engine, repository_id)
    assert after["daily_commit_stats"][1][1] == counted["daily_commit_stats"][1][1] + 1
    assert after["monthly_commit_stats"][0][1] == counted["monthly_commit_stats"][0][1] + 1
    assert [row[1] for row in after["weekly_dora_metrics"]] == [3, 1, *[2] * (WEEKS - 2)]
    if continuous:
        assert await count_ours(engine) > 0
        await refresh_continuous(engine)
        assert await count_ours(engine) == 0
        assert await aggregates(engine, repository_id) == after


async def count_ours(engine: AsyncEngine) -> int:
    """Buckets that the server has not counted yet."""
    async with engine.connect() as connection:
        counts = [await connection.scalar(sa.text(f"SELECT count(*) FROM {name}_counted")) for name in AGGREGATES]
    return sum(count or 0 for count in counts)


@needs_timescale
async def test_refreshing_after_retention_erases_nothing(engine: AsyncEngine, organization_id: UUID) -> None:
    """Neither when the server refreshes of its own accord nor when we do."""
    async with engine.connect() as connection:
        if await find_kind(connection) is not Kind.COMMUNITY:
            pytest.skip("aggregates are tables: nothing is refreshed")
    repository_id = await tell(engine, organization_id, story("1"))
    await refresh_continuous(engine)
    counted = await aggregates(engine, repository_id)
    assert await run_retention(engine, Periods(), LATER) is not None
    await refresh_by_policy(engine)
    await refresh_continuous(engine)
    assert await aggregates(engine, repository_id) == counted
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM commits")) == 0


async def test_whoever_refreshes_while_the_server_does_waits_for_it(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    counted = await aggregates(engine, repository_id)
    await asyncio.gather(*(refresh_continuous(engine) for _ in range(4)))
    assert await run_retention(engine, Periods(), LATER) is not None
    assert await aggregates(engine, repository_id) == counted


@needs_timescale
async def test_nobody_waits_for_long_behind_an_aggregate_that_waits_for_somebody(plain: AsyncEngine) -> None:
    """A backup, for example, holds each table until it ends."""
    await install_timescale(plain)
    async with plain.connect() as connection:
        if await find_kind(connection) is not Kind.COMMUNITY:
            pytest.skip("aggregates stay tables")
    await needs_two_sessions(plain)
    read = sa.text("SELECT count(*) FROM daily_commit_stats")
    waits = sa.text("SELECT count(*) FROM pg_locks WHERE relation = to_regclass('daily_commit_stats') AND NOT granted")
    async with plain.connect() as backup, plain.connect() as other:
        await backup.execute(read)
        moving = asyncio.create_task(use_timescale(plain))
        while not await other.scalar(waits):
            await other.rollback()
            assert not moving.done()
        async with asyncio.timeout(60):
            await other.execute(read)
        await other.rollback()
        await backup.rollback()
        assert (await moving).to_move == []


@needs_timescale
async def test_what_came_after_its_time_is_counted_by_the_server_no_more_than_by_us(plain: AsyncEngine) -> None:
    """A commit older than raw events are kept lies there until the next hour drops it."""
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    await run_retention(plain, Periods(), LATER)
    day_of_none = START + timedelta(days=2)
    await tell(plain, organization_id, [repository("1"), *pushed(repository("1").key, day_of_none, "", ["e" * 40])])
    counted = await aggregates(plain, repository_id)
    await install_timescale(plain)
    await use_timescale(plain)
    assert await aggregates(plain, repository_id) == counted


async def refresh_by_policy(engine: AsyncEngine) -> None:
    """The server's own jobs, run by hand: the WebAssembly build has no background workers."""
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        query = (
            "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'"
        )
        for job in list(await alone.scalars(sa.text(query))):
            await alone.execute(sa.text(f"CALL run_job({job})"))


async def test_what_only_we_counted_is_not_looked_up_beside_what_the_server_has(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Also in a database whose aggregates an older version made continuous."""
    repository_id = await tell(engine, organization_id, story("1"))
    async with engine.connect() as connection:
        if not await is_continuous(connection, "daily_commit_stats"):
            pytest.skip("aggregates are tables")
    counted = await aggregates(engine, repository_id)
    assert await run_retention(engine, Periods(), LATER) is not None
    # Days that the server has not: of before there was one.
    async with engine.begin() as connection:
        [ours, servers] = await find_stores(connection, "daily_commit_stats")
        await connection.execute(
            sa.text(f"INSERT INTO {ours} ({DAYS}) SELECT {DAYS} FROM {servers} WHERE day < :since"), {"since": FEW}
        )
        gone = (await connection.execute(sa.text(f"DELETE FROM {servers} WHERE day < :since"), {"since": FEW})).rowcount
        assert gone > 0
        for statement in AS_BEFORE.split(";"):
            await connection.exec_driver_sql(statement)
    assert await aggregates(engine, repository_id) == counted
    async with engine.connect() as connection:
        assert (await find_state(connection)).to_move == ["daily_commit_stats"]
    await use_timescale(engine)
    assert await aggregates(engine, repository_id) == counted
    async with engine.connect() as connection:
        overriding = sa.text("SELECT count(*) FILTER (WHERE overrides), count(*) FROM daily_commit_stats_counted")
        assert (await connection.execute(overriding)).one() == (0, gone)
        assert (await find_state(connection)).to_move == []
