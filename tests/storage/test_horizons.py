"""What retention drops changes no number, on every kind of database."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import records
from storage.continuous import refresh_continuous
from storage.linking import relink
from storage.marks import mark_deployment
from storage.records import Record
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


async def test_no_commit_from_before_the_horizon_is_left_in_a_chunk(engine: AsyncEngine, organization_id: UUID) -> None:
    """Chunks are weeks from Thursday on, horizons are Mondays: evidence and remarks are the same on every kind."""
    await tell(engine, organization_id, story("1"))
    for weeks in range(3):
        await run_retention(engine, Periods(), START + timedelta(days=90 + 8 * weeks))
        async with engine.connect() as connection:
            before = "SELECT count(*) FROM commits JOIN repositories ON id = repository_id WHERE time < frozen_before"
            assert await connection.scalar(sa.text(before)) == 0


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


async def test_what_shipped_does_not_ship_again_when_its_deployment_is_gone(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """One environment went back to the first version and was given up, so that what came since keeps its raw rows; the
    other went back to it and forward again."""
    key, told = repository("1").key, story("1", 5)
    first, last = f"{0:039x}b", f"{4:039x}b"
    for number, (day, sha, environment) in enumerate(
        ((8, f"{1:039x}b", "prod-us"), (9, first, "prod-us"), (45, first, "production"), (60, last, "production"))
    ):
        [one] = deployed(key, 100 + number, START + timedelta(days=day), sha, "success")
        assert isinstance(one, records.DeploymentStatus)
        told.append(replace(one, environment_name=environment))
    repository_id = await tell(engine, organization_id, told)
    shipped = (await links(engine, repository_id))["shipped_changes"]
    await run_retention(engine, Periods(daily_days=100), START + timedelta(days=140))
    async with engine.begin() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM carried_commits"))
        await relink(connection, [repository_id])
    assert {*(await links(engine, repository_id))["shipped_changes"]} <= {*shipped}


async def test_what_is_said_of_an_old_deployment_counts_in_its_week(engine: AsyncEngine, organization_id: UUID) -> None:
    """The last success of a chain does not stand, however old: nothing replaced it yet."""
    repository_id = await tell(engine, organization_id, story("1"))
    await run_retention(engine, Periods(), LATER)
    before = await aggregates(engine, repository_id)
    async with engine.begin() as connection:
        last = f"deployment:{2 * WEEKS - 1}"
        assert await mark_deployment(connection, organization_id, repository_id, last, "failed", "cli:jane")
    after = await aggregates(engine, repository_id)
    for name in ("weekly_dora_metrics", "monthly_dora_metrics"):
        *bucket, failed = before[name][-1]
        assert after[name] == [*before[name][:-1], (*bucket, failed + 1)]
    await refresh_continuous(engine)
    await run_retention(engine, Periods(), LATER + timedelta(days=30))
    assert await aggregates(engine, repository_id) == after


async def test_weeks_of_which_facts_are_gone_are_not_counted_again(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    await run_retention(engine, Periods(), LATER + timedelta(days=700))
    counted = await aggregates(engine, repository_id)
    async with engine.begin() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM deployments")) == 1
        last = f"deployment:{2 * WEEKS - 1}"
        assert await mark_deployment(connection, organization_id, repository_id, last, "failed", "cli:jane")
    assert await aggregates(engine, repository_id) == counted


async def test_what_was_written_long_before_it_was_pushed_to_a_young_repository_stays(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """It has no horizon yet, so that its days and its changes are counted from these rows when more comes."""
    await tell(engine, organization_id, story("1"))
    key, day = repository("2").key, LATER - timedelta(days=50)
    written = day - timedelta(days=60)

    def told(sha: str, before: str) -> list[Record]:
        commit = records.Commit(key, sha, written, "api", None, "Work", True, False, False)
        push = records.Push(key, "refs/heads/main", before, sha, False, True, day, (sha,), 1)
        return [records.Repository(key, "acme/2", None, "main", day), commit, push]

    first = [*told("a" * 40, ""), *deployed(key, 1, day + timedelta(hours=1), "a" * 40, "success")]
    young = await tell(engine, organization_id, first)
    linked = await links(engine, young)
    await run_retention(engine, Periods(), LATER)
    await tell(engine, organization_id, told("b" * 40, "a" * 40))
    assert [row[:2] for row in (await aggregates(engine, young))["daily_commit_stats"]] == [(written.date(), 2)]
    after = await links(engine, young)
    assert after["shipped_changes"] == linked["shipped_changes"]
    assert {*linked["changes"]} < {*after["changes"]}


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
