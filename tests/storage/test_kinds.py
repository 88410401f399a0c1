"""All kinds of databases keep the same, for as long: hypertables, continuous aggregates, policies and retention.

On the embedded PostgreSQL; with TIMESCALE_DSN on that server: a real one of either edition, or the WebAssembly build
behind tests/timescale/bridge.mjs (`make timescale`).
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import records
from storage.aggregates import AGGREGATES, refresh
from storage.continuous import is_continuous, refresh_continuous
from storage.database import create_engine
from storage.facts import write_records
from storage.linking import relink
from storage.migrate import alembic_configuration, ensure_organization, migrate
from storage.models import Base
from storage.records import Record
from storage.retention import Periods, run_retention
from storage.timescale import HYPERTABLES, Kind, find_kind, find_state, use_timescale
from tests.server import DSN, Server, install_timescale, timescale_server

needs_timescale = pytest.mark.skipif(DSN is None, reason="no TIMESCALE_DSN: see `make timescale`")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# When all of the story is older than raw events are kept.
LATER = datetime(2026, 11, 10, tzinfo=UTC)
WEEKS = 20


def repository(name: str) -> records.Repository:
    key = records.RepositoryKey("github", "github.com", name)
    return records.Repository(key, f"acme/{name}", None, "main", START)


def pushed(key: records.RepositoryKey, day: datetime, before: str, shas: list[str]) -> list[Record]:
    commits: list[Record] = [
        records.Commit(key, sha, day, "api", None, "Work", True, False, False, lines_added=3, lines_deleted=1)
        for sha in shas
    ]
    push = records.Push(key, "refs/heads/main", before, shas[-1], False, True, day, tuple(shas), len(shas))
    return [*commits, push]


def deployed(key: records.RepositoryKey, number: int, at: datetime, sha: str, says: str) -> list[Record]:
    name = f"deployment:{number}"
    done = at + timedelta(minutes=5)
    return [records.DeploymentStatus(key, name, "production", None, says, done, at, sha, "main", None, None)]


def story(name: str, weeks: int = WEEKS) -> list[Record]:
    """Each week a push that fails to deploy or not, and then is deployed."""
    key, before = repository(name).key, ""
    told: list[Record] = [repository(name)]
    for week in range(weeks):
        day = START + timedelta(days=7 * week)
        shas = [f"{week:039x}{part}" for part in "ab"]
        told += pushed(key, day, before, shas)
        before = shas[-1]
        says = "failed" if week % 3 == 1 else "success"
        told += deployed(key, week * 2, day + timedelta(hours=1), before, says)
        told += deployed(key, week * 2 + 1, day + timedelta(days=1), before, "success")
    return told


async def know_long(connection: AsyncConnection) -> None:
    """All repositories, as if they had been told of when it happened and not just now."""
    await connection.execute(sa.text("UPDATE repositories SET created_at = first_event_at"))


async def count(connection: AsyncConnection, organization_id: UUID, told: list[Record]) -> list[UUID]:
    """As the worker does it: facts, links, aggregates."""
    touched = await write_records(connection, organization_id, told)
    await know_long(connection)
    weeks = await relink(connection, touched.repositories)
    await refresh(connection, touched.commit_days, touched.deployment_weeks | weeks)
    return sorted(touched.repositories)


async def tell(engine: AsyncEngine, organization_id: UUID, told: list[Record]) -> UUID:
    async with engine.begin() as connection:
        [repository_id] = await count(connection, organization_id, told)
    return repository_id


async def aggregates(engine: AsyncEngine, repository_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    async with engine.connect() as connection:
        for name, aggregate in AGGREGATES.items():
            columns = ", ".join(aggregate.columns)
            query = f"SELECT {aggregate.bucket}::date, {columns} FROM {name} WHERE repository_id = :id ORDER BY 1"
            found[name] = [tuple(row) for row in await connection.execute(sa.text(query), {"id": repository_id})]
    return found


async def links(engine: AsyncEngine, repository_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """What reports read."""
    queries = {
        "changes": "SELECT kind, key, first_commit_at, merged_at, is_bot, unplanned_kind FROM changes",
        "shipped_changes": "SELECT service, kind, key, deployment_key, shipped_at FROM shipped_changes",
        "deployments": "SELECT provider_key, time, outcome, failed_at, recovered_at FROM deployments",
    }
    found = {}
    async with engine.connect() as connection:
        for name, query in queries.items():
            ordered = sa.text(f"{query} WHERE repository_id = :id ORDER BY 1, 2, 3")
            rows = await connection.execute(ordered, {"id": repository_id})
            found[name] = [tuple(row) for row in rows]
    return found


@pytest.fixture(scope="session")
def unmoved() -> Iterator[Server]:
    """The server of TIMESCALE_DSN, with databases in which nothing was moved yet."""
    with timescale_server(moved=False) as made:
        yield made


@pytest.fixture
async def plain(unmoved: Server) -> AsyncIterator[AsyncEngine]:
    async with unmoved.database() as url:
        engine = create_engine(url)
        yield engine
        await engine.dispose()


async def test_the_kind_is_found_and_everything_made_of_it(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        assert (await find_kind(connection) is Kind.PLAIN) == (DSN is None)
    assert (await use_timescale(engine)).to_move == []


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
async def test_moving_a_plain_database_loses_nothing(plain: AsyncEngine) -> None:
    """And downgrades and upgrades, and moving once more, lose nothing either."""
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    counted, linked = await aggregates(plain, repository_id), await links(plain, repository_id)
    await install_timescale(plain)
    steps: list[str] = []
    found = await use_timescale(plain, lambda what, _done, _total: steps.append(what))
    assert {*steps} - {""} == {*HYPERTABLES, *(AGGREGATES if found.kind is Kind.COMMUNITY else ())}
    assert await aggregates(plain, repository_id) == counted
    assert await links(plain, repository_id) == linked
    async with plain.connect() as connection:
        assert (await find_state(connection)).to_move == []
    assert (await use_timescale(plain)).to_move == []
    # Facts go on: another row, and one that moves to another time.
    other = await tell(plain, organization_id, story("2", WEEKS + 1))
    key, at = repository("2").key, START + timedelta(days=7 * WEEKS)
    await tell(plain, organization_id, [repository("2"), *deployed(key, 0, at, f"{0:039x}b", "failed")])
    before = await aggregates(plain, other)
    assert len(before["weekly_dora_metrics"]) == WEEKS + 1
    await go_down_and_up(plain)
    await use_timescale(plain)
    assert await aggregates(plain, repository_id) == counted
    assert await aggregates(plain, other) == before


MOVING = """
import asyncio, sys
from storage.database import create_engine
from storage.timescale import use_timescale
asyncio.run(use_timescale(create_engine(sys.argv[1]), lambda what, done, total: print(what, flush=True)))
"""


@needs_timescale
async def test_a_move_that_is_killed_loses_nothing_and_goes_on_where_it_was(plain: AsyncEngine) -> None:
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    counted, linked = await aggregates(plain, repository_id), await links(plain, repository_id)
    await install_timescale(plain)
    url, moved = plain.url.render_as_string(hide_password=False), list[str]()
    # In the middle of the first table, of the one after the next, and so on.
    for kill_at in (1, 2, 3, 2, 0):
        mover = await asyncio.create_subprocess_exec(sys.executable, "-c", MOVING, url, stdout=asyncio.subprocess.PIPE)
        assert mover.stdout is not None
        steps = 0
        while line := (await mover.stdout.readline()).decode().strip():
            steps += 1
            moved.append(line)
            if steps == kill_at:
                mover.kill()
        await mover.wait()
        assert await aggregates(plain, repository_id) == counted
        assert await links(plain, repository_id) == linked
    assert {*moved} >= {*HYPERTABLES}
    async with plain.connect() as connection:
        assert (await find_state(connection)).to_move == []


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


async def refresh_by_policy(engine: AsyncEngine) -> None:
    """The server's own jobs, run by hand: the WebAssembly build has no background workers."""
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        query = (
            "SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = 'policy_refresh_continuous_aggregate'"
        )
        for job in list(await alone.scalars(sa.text(query))):
            await alone.execute(sa.text(f"CALL run_job({job})"))


async def go_down_and_up(engine: AsyncEngine) -> None:
    """To the very first version, long before aggregates could be views, and back."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_configuration(sync), "0001"))
    await migrate(engine.url)
    async with engine.connect() as connection:
        tables = set(await connection.scalars(sa.text("SELECT relname FROM pg_class WHERE relkind = 'r'")))
    assert {*Base.metadata.tables} <= tables


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
