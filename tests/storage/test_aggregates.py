"""The aggregates of the data model: where they are tables, and where they are continuous."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.aggregates import refresh
from storage.continuous import find_stores
from storage.models.aggregates import DailyCommitStats, WeeklyDoraMetrics
from storage.models.deployments import Deployment
from storage.models.history import Commit
from storage.models.organizations import Team
from storage.models.repositories import Repository
from tests.storage.common_queries import DEPLOYMENT_FREQUENCY, TEAM_METRICS

DAY = date(2026, 9, 14)  # a Monday
NOON = datetime(2026, 9, 14, 12, tzinfo=UTC)


@pytest.fixture
async def repository_id(engine: AsyncEngine, organization_id: UUID) -> UUID:
    values = {"organization_id": organization_id, "name": "api", "provider": "github", "path": "acme/api"}
    async with engine.begin() as connection:
        return (await connection.execute(sa.insert(Repository).values(values).returning(Repository.id))).scalar_one()


async def add_commit(connection: AsyncConnection, repository_id: UUID, sha: str, time: datetime, **values: Any) -> None:
    defaults = {"on_default_branch": True, "time_source": "push"}
    row = {"repository_id": repository_id, "commit_sha": sha, "time": time, **defaults, **values}
    await connection.execute(sa.insert(Commit).values(row))


async def add_deployment(connection: AsyncConnection, repository_id: UUID, key: str, **values: Any) -> None:
    defaults = {"time": NOON, "environment": "production", "status": "success", "environment_name": "prod"}
    row = {"repository_id": repository_id, "provider_key": key, "status_at": NOON, **defaults, **values}
    await connection.execute(sa.insert(Deployment).values(row))


async def days(connection: AsyncConnection) -> list[tuple[Any, ...]]:
    table = DailyCommitStats
    query = sa.select(
        sa.cast(table.day, sa.Date()), table.commit_count, table.total_lines_added, table.total_lines_deleted
    )
    return [tuple(row) for row in await connection.execute(query.order_by(table.day))]


async def weeks(connection: AsyncConnection) -> list[tuple[Any, ...]]:
    table = WeeklyDoraMetrics
    query = sa.select(sa.cast(table.week, sa.Date()), table.deployment_count, table.avg_duration, table.failed_count)
    return [tuple(row) for row in await connection.execute(query.order_by(table.week))]


async def test_a_day_counts_the_commits_of_the_default_branch(engine: AsyncEngine, repository_id: UUID) -> None:
    """Bots and merges are counted; a merge adds no lines; other branches do not count."""
    async with engine.begin() as connection:
        await add_commit(connection, repository_id, "a", NOON, lines_added=10, lines_deleted=1)
        await add_commit(connection, repository_id, "b", NOON, lines_added=5, lines_deleted=2, is_bot=True)
        await add_commit(connection, repository_id, "c", NOON, lines_added=900, lines_deleted=900, is_merge=True)
        await add_commit(connection, repository_id, "d", NOON, lines_added=70, on_default_branch=False)
        await refresh(connection, {(repository_id, DAY)}, set())
        assert await days(connection) == [(DAY, 3, 15, 3)]


async def test_days_are_utc_days(engine: AsyncEngine, repository_id: UUID) -> None:
    midnight = datetime(2026, 9, 14, tzinfo=UTC)
    async with engine.begin() as connection:
        await connection.execute(sa.text("SET LOCAL timezone = 'Asia/Tokyo'"))
        await add_commit(connection, repository_id, "a", midnight - timedelta(microseconds=1))
        await add_commit(connection, repository_id, "b", midnight)
        await add_commit(connection, repository_id, "c", midnight + timedelta(hours=24))
        await refresh(connection, [(repository_id, DAY + timedelta(days=step)) for step in (-1, 0, 1, 2)], [])
        assert [(day, count) for day, count, *_ in await days(connection)] == [
            (DAY - timedelta(days=1), 1),
            (DAY, 1),
            (DAY + timedelta(days=1), 1),
        ]


async def test_line_counts_are_unknown_until_one_is_known(engine: AsyncEngine, repository_id: UUID) -> None:
    async with engine.begin() as connection:
        await add_commit(connection, repository_id, "a", NOON)
        await refresh(connection, {(repository_id, DAY)}, set())
        assert await days(connection) == [(DAY, 1, None, None)]
        await connection.execute(sa.update(Commit).values(lines_added=4, lines_deleted=0))
        await refresh(connection, {(repository_id, DAY)}, set())
        assert await days(connection) == [(DAY, 1, 4, 0)]


async def test_absurd_line_counts_do_not_stop_the_refresh(engine: AsyncEngine, repository_id: UUID) -> None:
    async with engine.begin() as connection:
        for sha in ("a", "b"):
            await add_commit(connection, repository_id, sha, NOON, lines_added=2**31 - 1, lines_deleted=1)
        await refresh(connection, {(repository_id, DAY)}, set())
        assert await days(connection) == [(DAY, 2, 2**31 - 1, 2)]


async def test_a_bucket_that_lost_its_rows_is_gone(engine: AsyncEngine, repository_id: UUID) -> None:
    async with engine.begin() as connection:
        await add_commit(connection, repository_id, "a", NOON)
        await add_deployment(connection, repository_id, "deployment:1", outcome="failed")
        touched = {(repository_id, DAY)}
        await refresh(connection, touched, touched)
        await connection.execute(sa.update(Commit).values(time=NOON + timedelta(days=1)))
        await connection.execute(sa.update(Deployment).values(time=NOON + timedelta(days=7)))
        await refresh(
            connection,
            {*touched, (repository_id, DAY + timedelta(days=1))},
            {*touched, (repository_id, DAY + timedelta(days=7))},
        )
        assert await days(connection) == [(DAY + timedelta(days=1), 1, None, None)]
        assert await weeks(connection) == [(DAY + timedelta(days=7), 1, None, 1)]


async def test_a_week_counts_finished_production_deployments(engine: AsyncEngine, repository_id: UUID) -> None:
    sunday_night = datetime(2026, 9, 20, 23, 59, 59, tzinfo=UTC)
    async with engine.begin() as connection:
        await add_deployment(connection, repository_id, "1", outcome="succeeded", duration_seconds=60)
        await add_deployment(connection, repository_id, "2", outcome="failed", duration_seconds=90, time=sunday_night)
        await add_deployment(connection, repository_id, "3", outcome="succeeded")
        await add_deployment(connection, repository_id, "4", outcome="succeeded", environment="staging")
        await add_deployment(connection, repository_id, "5", status="in_progress")
        await add_deployment(connection, repository_id, "6", outcome="failed", time=sunday_night + timedelta(seconds=1))
        await refresh(connection, set(), {(repository_id, DAY), (repository_id, DAY + timedelta(days=7))})
        assert await weeks(connection) == [(DAY, 3, 75.0, 1), (DAY + timedelta(days=7), 1, None, 1)]


async def test_only_the_touched_buckets_are_counted_again(engine: AsyncEngine, repository_id: UUID) -> None:
    """The history before is left alone, also when its raw rows are no longer there."""
    async with engine.begin() as connection:
        old = {"day": DAY - timedelta(days=400), "repository_id": repository_id, "commit_count": 7}
        [store, *_] = await find_stores(connection, "daily_commit_stats")
        await connection.execute(
            sa.text(
                f"INSERT INTO {store} (day, repository_id, commit_count) VALUES (:day, :repository_id, :commit_count)"
            ),
            old,
        )
        await add_commit(connection, repository_id, "a", NOON)
        await refresh(connection, {(repository_id, DAY)}, set())
        assert [count for _, count, *_ in await days(connection)] == [7, 1]


async def test_nothing_touched_is_nothing_to_do(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await refresh(connection, set(), set())


async def test_workers_that_count_the_same_day_at_once_lose_no_commit(engine: AsyncEngine, repository_id: UUID) -> None:
    both_inserted = asyncio.Barrier(4)
    # Of a hypertable, the first row of a week makes others wait for its chunk.
    async with engine.begin() as connection:
        await add_commit(connection, repository_id, "0", NOON, lines_added=1, lines_deleted=0)

    async def work(sha: str) -> None:
        async with engine.begin() as connection:
            await add_commit(connection, repository_id, sha, NOON, lines_added=1, lines_deleted=0)
            await both_inserted.wait()
            await refresh(connection, {(repository_id, DAY)}, set())

    await asyncio.gather(*(work(sha) for sha in "abcd"))
    async with engine.connect() as connection:
        assert await days(connection) == [(DAY, 5, 5, 0)]


async def test_the_common_queries_of_the_data_model_run_as_they_are(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    now = datetime.now(UTC)
    monday = now.date() - timedelta(days=now.weekday())
    async with engine.begin() as connection:
        team = sa.insert(Team).values(organization_id=organization_id, name="Platform", slug="platform")
        team_id = (await connection.execute(team.returning(Team.id))).scalar_one()
        await add_commit(connection, repository_id, "a", now, lines_added=3, lines_deleted=1)
        for key in range(14):
            await add_deployment(connection, repository_id, str(key), outcome="succeeded", time=now)
        await refresh(connection, {(repository_id, now.date())}, {(repository_id, monday)})
        totals = await connection.execute(sa.text(TEAM_METRICS), {"team_id": team_id})
        assert [(f"{row[0]:%Y-%m-%d}", *row[1:]) for row in totals] == [(f"{now:%Y-%m-%d}", 1, 3)]
        frequency = await connection.execute(sa.text(DEPLOYMENT_FREQUENCY), {"repo_id": repository_id})
        assert [(f"{row[0]:%Y-%m-%d}", row[1]) for row in frequency] == [(f"{monday:%Y-%m-%d}", 2.0)]
