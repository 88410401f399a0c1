"""Up, down and up again with data in it, also a database that an older version moved to TimescaleDB: nothing is lost.

On the embedded PostgreSQL; with TIMESCALE_DSN (`make timescale`) on hypertables, and where it has them on continuous
aggregates.
"""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.aggregates import AGGREGATES
from storage.continuous import make_tables
from storage.migrate import IN_CHUNKS, SHELLS, alembic_configuration, ensure_organization, migrate
from storage.models import Base
from storage.records import Commit
from storage.retention import Periods, run_retention
from storage.timescale import HYPERTABLES, Kind, find_kind, is_hypertable, use_timescale
from tests.server import DSN, install_timescale, needs_timescale
from tests.storage.older import use_timescale_as_before
from tests.storage.telling import LATER, aggregates, links, story, tell


async def go_to(engine: AsyncEngine, revision: str, *, down: bool) -> None:
    move = command.downgrade if down else command.upgrade
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: move(alembic_configuration(sync), revision))
    # What is prepared knows the columns of before.
    await engine.dispose()


async def rows(engine: AsyncEngine) -> dict[str, list[str]]:
    """Everything that the tables of this revision hold. Buckets are dates, also where they are moments."""
    found = {}
    async with engine.connect() as connection:
        for table in Base.metadata.tables:
            if await connection.scalar(sa.text("SELECT to_regclass(:name) IS NULL"), {"name": table}):
                continue
            whole = await connection.scalars(sa.text(f"SELECT CAST(to_jsonb(t) AS text) FROM {table} AS t"))
            found[table] = sorted(re.sub(r"(\d\d)T00:00:00\+00:00", r"\1", row) for row in whole)
    return found


async def some_history(engine: AsyncEngine) -> list[UUID]:
    """Of a repository that stands frozen, its raw rows gone, one that goes on, and one whose lines nobody knows."""
    async with engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    told = [await tell(engine, organization_id, story("1"))]
    assert await run_retention(engine, Periods(), LATER) is not None
    told.append(await tell(engine, organization_id, story("2")))
    unknown = [
        replace(record, lines_added=None, lines_deleted=None) if isinstance(record, Commit) else record
        for record in story("3")
    ]
    return [*told, await tell(engine, organization_id, unknown)]


async def counted(engine: AsyncEngine, repository_ids: list[UUID]) -> list[dict[str, list[tuple[Any, ...]]]]:
    return [await numbers(engine, one) for one in repository_ids for numbers in (aggregates, links)]


async def test_a_database_that_an_older_version_moved_is_upgraded_and_loses_nothing(plain: AsyncEngine) -> None:
    history = await some_history(plain)
    async with plain.begin() as connection:
        # An upgrade lets everything be counted again.
        await connection.execute(sa.text("UPDATE repositories SET counted_by = 0"))
    before, numbers = await rows(plain), await counted(plain, history)
    await go_to(plain, "0014", down=True)
    left = await rows(plain)
    kind = Kind.PLAIN if DSN is None else await use_timescale_as_before(plain)
    assert await counted(plain, history[:2]) == numbers[:4]

    for _ in range(2):
        await migrate(plain.url)
        assert await rows(plain) == before
        await use_timescale(plain)
        assert await counted(plain, history) == numbers
        await go_to(plain, "0014", down=True)
        assert await rows(plain) == left
    async with plain.connect() as connection:
        assert await find_kind(connection) is kind
        for table in HYPERTABLES:
            assert await is_hypertable(connection, table) == (kind is not Kind.PLAIN)


@needs_timescale
async def test_an_aggregate_gets_a_column_and_keeps_what_it_counted(
    plain: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CONTRIBUTING.md says it is done: the next version's aggregates have a column that the database has not yet."""
    history = await some_history(plain)
    await install_timescale(plain)
    await use_timescale(plain)
    numbers = await counted(plain, history)
    days = AGGREGATES["daily_commit_stats"]
    merges = {"merge_count": "CAST(count(*) FILTER (WHERE is_merge) AS integer)"}
    with monkeypatch.context() as next_version:
        next_version.setitem(
            AGGREGATES,
            "daily_commit_stats",
            days._replace(columns={**days.columns, **merges}),
        )
        async with plain.begin() as connection:
            await connection.run_sync(make_tables)
            await connection.execute(sa.text("ALTER TABLE daily_commit_stats ADD COLUMN merge_count integer"))
        await use_timescale(plain)
    await plain.dispose()
    assert await counted(plain, history) == numbers
    async with plain.connect() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM daily_commit_stats WHERE merge_count > 0")) == 0
    async with plain.begin() as connection:
        await connection.run_sync(make_tables)
        await connection.execute(sa.text("ALTER TABLE daily_commit_stats DROP COLUMN merge_count"))
    await use_timescale(plain)
    assert await counted(plain, history) == numbers


@needs_timescale
async def test_a_backup_without_its_chunks_can_be_told_by_what_moving_left(plain: AsyncEngine) -> None:
    await install_timescale(plain)
    await use_timescale(plain)
    await migrate(plain.url)
    async with plain.connect() as connection:
        assert await connection.scalar(SHELLS, {"mark": IN_CHUNKS})
