"""Chunks are as long as this version wants them, also those that an older version made."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.chunks import Chunk, neighbours
from storage.migrate import ensure_organization
from storage.timescale import Kind, find_kind, use_timescale
from tests.server import install_timescale, needs_timescale
from tests.storage.telling import story, tell

DAY = datetime(2026, 11, 2, tzinfo=UTC)


def chunk(since: int, until: int) -> Chunk:
    return Chunk(f"{since}-{until}", DAY + timedelta(days=since), DAY + timedelta(days=until))


def test_only_neighbours_are_merged_and_into_nothing_longer_than_wanted() -> None:
    chunks = [chunk(0, 5), chunk(5, 10), chunk(10, 15), chunk(20, 25), chunk(25, 30), chunk(40, 45)]
    merged = neighbours(chunks, timedelta(days=10))
    assert [[one.name for one in group] for group in merged] == [["0-5", "5-10"], ["20-25", "25-30"]]


@needs_timescale
async def test_chunks_of_an_older_version_become_few(plain: AsyncEngine) -> None:
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    async with plain.begin() as connection:
        told = (await connection.execute(sa.text("SELECT count(*) FROM deployments"))).scalar_one()
    await install_timescale(plain)
    async with plain.begin() as connection:
        await connection.exec_driver_sql(
            "SELECT create_hypertable('deployments', by_range('time', INTERVAL '180 days'), "
            "migrate_data => true, "
            "create_default_indexes => false)"
        )
        await connection.exec_driver_sql(
            "INSERT INTO deployments (time, repository_id, provider_key, environment_name, status, status_at) "
            "SELECT at, $1, 'deployment:' || at, 'production', 'success', at "
            "FROM generate_series($2::timestamptz - interval '3 years', $2, interval '1 month') AS at",
            (repository_id, DAY),
        )
    await use_timescale(plain)
    counts = sa.text(
        "SELECT (SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'deployments'), "
        "(SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_name = 'deployments'), "
        "(SELECT count(*) FROM deployments)"
    )
    async with plain.connect() as connection:
        kind = await find_kind(connection)
        chunks, length, deployments = (await connection.execute(counts)).one()
    assert (length, deployments) == (timedelta(days=730), told + 37)
    assert chunks <= (3 if kind is Kind.COMMUNITY else 8)
