"""What retention drops changes no number, on every kind of database."""

from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.linking import relink
from storage.retention import Periods, run_retention
from tests.storage.telling import LATER, START, WEEKS, aggregates, deployed, links, pushed, repository, story, tell


async def test_retention_drops_raw_rows_and_changes_no_number(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    counted, linked = await aggregates(engine, repository_id), await links(engine, repository_id)
    kept = await run_retention(engine, Periods(), LATER)
    assert kept is not None
    assert kept.horizons == 1
    # Rows, or chunks of a week.
    assert kept.commits >= WEEKS
    assert await aggregates(engine, repository_id) == counted
    assert await links(engine, repository_id) == linked
    async with engine.begin() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM commits")) == 0
        # Linking goes on from what is left, and finds the same.
        assert await relink(connection, [repository_id]) == set()
    assert await links(engine, repository_id) == linked


async def test_late_events_of_a_dropped_time_change_nothing(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    counted, linked = await aggregates(engine, repository_id), await links(engine, repository_id)
    await run_retention(engine, Periods(), LATER)
    key, day = repository("1").key, START + timedelta(days=3)
    sha = "f" * 40
    late = [repository("1"), *pushed(key, day, "", [sha]), *deployed(key, 99, day + timedelta(hours=1), sha, "failed")]
    await tell(engine, organization_id, [*late, *story("1")])
    assert await aggregates(engine, repository_id) == counted
    assert await links(engine, repository_id) == linked


async def test_months_stay_when_days_and_weeks_are_over(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    counted = await aggregates(engine, repository_id)
    await run_retention(engine, Periods(), LATER + timedelta(days=365 * 6))
    left = await aggregates(engine, repository_id)
    assert left == {**counted, "daily_commit_stats": [], "weekly_dora_metrics": []}


async def test_a_deleted_repository_keeps_its_history_for_a_year(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE repositories SET deleted_at = :at"), {"at": LATER})
    counted = await links(engine, repository_id)
    await run_retention(engine, Periods(), LATER + timedelta(days=364))
    assert await links(engine, repository_id) == counted
    await run_retention(engine, Periods(), LATER + timedelta(days=366))
    async with engine.connect() as connection:
        for table in ("repositories", "deployments", "changes", "monthly_dora_metrics", "commit_keys"):
            assert await connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0
