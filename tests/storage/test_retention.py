"""What retention must not do: stop for good because of one row, or change what is told elsewhere."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from storage.aggregates import refresh
from storage.facts import write_records
from storage.linking.due import postpone_links
from storage.retention import Periods, run_retention
from storage.teams import add_team
from tests.storage.facts.samples import query
from tests.storage.test_kinds import LATER, aggregates, know_long, story, tell

MUCH_LATER = datetime(2036, 1, 1, tzinfo=UTC)


async def test_a_team_goes_with_its_digests_alerts_and_what_came_of_them(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", "cli:jane")
        for statement in (
            "INSERT INTO digest_subscriptions (team_id, channel_id, weekday, local_time, timezone, created_by) "
            "SELECT id, 'C1', 1, '09:00', 'UTC', 'U1' FROM teams",
            "INSERT INTO alerts (team_id, channel_id, metric, above, created_by) "
            "SELECT id, 'C1', 'lead_time', 1, 'U1' FROM teams",
            "INSERT INTO digest_runs (subscription_id, scheduled_for, state) "
            "SELECT id, now(), 'sent' FROM digest_subscriptions",
            "INSERT INTO digest_runs (alert_id, scheduled_for, state) SELECT id, now(), 'sent' FROM alerts",
            "UPDATE teams SET deleted_at = now()",
        ):
            await connection.exec_driver_sql(statement)
    await run_retention(engine, Periods(), MUCH_LATER)
    async with engine.begin() as connection:
        for table in ("digest_runs", "digest_subscriptions", "alerts", "teams"):
            assert await query(connection, f"SELECT 1 FROM {table}") == []


async def test_an_incident_outlives_the_repository_that_it_was_about(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    told_in, about = [await tell(engine, organization_id, story(name, 2)) for name in ("1", "2")]
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO incidents (organization_id, provider, provider_key, repository_id, named_repository_id, "
            "linked_repository_id, opened_at, seen_at, is_incident) "
            "VALUES ($1, 'github', 'issue:1', $2, $3, $3, now(), now(), true)",
            (organization_id, told_in, about),
        )
        await connection.exec_driver_sql("UPDATE repositories SET deleted_at = now() WHERE id = $1", (about,))
    await run_retention(engine, Periods(), MUCH_LATER)
    async with engine.begin() as connection:
        assert [row["id"] for row in await query(connection, "SELECT id FROM repositories")] == [told_in]
        [incident] = await query(connection, "SELECT repository_id, linked_repository_id FROM incidents")
    assert (incident["repository_id"], incident["linked_repository_id"]) == (told_in, None)


async def test_what_a_flood_left_unlinked_is_counted_before_it_stands(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    linked = await tell(engine, organization_id, story("1"))
    async with engine.begin() as connection:
        touched = await write_records(connection, organization_id, story("2"))
        await know_long(connection)
        await postpone_links(connection, touched.repositories)
        await refresh(connection, touched.commit_days, touched.deployment_weeks)
    await run_retention(engine, Periods(), LATER)
    [put_off] = touched.repositories
    assert await aggregates(engine, put_off) == await aggregates(engine, linked)


async def test_a_repository_that_cannot_be_linked_keeps_its_rows_and_nobody_else_theirs(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    broken, _ = [await tell(engine, organization_id, story(name)) for name in ("1", "2")]
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE division_by_zero; END'"
        )
        await connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE OF frozen_before ON repositories FOR EACH ROW "
            f"WHEN (OLD.id = '{broken}') EXECUTE FUNCTION refuse()"
        )
    with capture_logs() as logs:
        kept = await run_retention(engine, Periods(), LATER + timedelta(days=1))
    assert kept is not None
    assert kept.horizons == 1
    assert [entry["repository"] for entry in logs] == [str(broken)]
    async with engine.begin() as connection:
        left = await query(connection, "SELECT repository_id, count(*) FROM commits GROUP BY repository_id")
    assert [(row["repository_id"], row["count"]) for row in left] == [(broken, 40)]


async def test_an_old_history_that_is_still_being_told_is_whole(engine: AsyncEngine, organization_id: UUID) -> None:
    """Years of it are replayed, and retention runs meanwhile."""
    at_once = await tell(engine, organization_id, story("1"))
    told = story("2")
    for half in (told[: len(told) // 2], told[len(told) // 2 :]):
        in_parts = await tell(engine, organization_id, half)
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE repositories SET created_at = $1", (LATER,))
        kept = await run_retention(engine, Periods(daily_days=91), LATER + timedelta(hours=23))
        assert kept is not None
        assert (kept.horizons, kept.commits, kept.facts) == (0, 0, 0)
    assert await aggregates(engine, in_parts) == await aggregates(engine, at_once)
    kept = await run_retention(engine, Periods(), LATER + timedelta(hours=25))
    assert kept is not None
    assert kept.horizons == 2
