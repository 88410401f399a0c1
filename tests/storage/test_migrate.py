"""Migrating: up, down, twice, and never apart from the models."""

import asyncio
import sys
import time
from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.migrate import MigrationImpossible, alembic_configuration, ensure_organization, is_newest, migrate
from storage.models import Base
from storage.moving import mark
from tests.server import Server

# As in migrations/env.py.
LOCK_SECONDS = 2


def differences(connection: sa.Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def test_migrations_and_models_do_not_differ(plain_server: Server) -> None:
    """Of a plain database: TimescaleDB has tables and views of its own."""
    async with plain_server.database() as url:
        engine = create_engine(url)
        async with engine.connect() as connection:
            assert await connection.run_sync(differences) == []
        await engine.dispose()


async def test_migrations_go_down_to_an_empty_database_and_up_again(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_configuration(sync), "base"))
        left = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        assert left == ["alembic_version"]
        await connection.run_sync(lambda sync: command.upgrade(alembic_configuration(sync), "head"))
        assert await connection.run_sync(differences) == []


async def test_replicas_that_start_together_migrate_one_after_the_other(engine: AsyncEngine, database_url: str) -> None:
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_configuration(sync), "base"))
    program = "import asyncio, sys; from storage.migrate import migrate; asyncio.run(migrate(sys.argv[1]))"
    replicas = [await asyncio.create_subprocess_exec(sys.executable, "-c", program, database_url) for _ in range(2)]
    assert [await replica.wait() for replica in replicas] == [0, 0]
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_deliveries_do_not_wait_long_behind_a_revision_that_waits_for_their_table(
    engine: AsyncEngine, organization_id: UUID, database_url: str
) -> None:
    """A long transaction holds it: the revision is tried again and again, and between two attempts they get in."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_configuration(sync), "0019"))
    await engine.dispose()
    deliver = sa.text(
        "INSERT INTO webhook_deliveries (organization_id, provider, delivery_key, event) "
        "VALUES (:id, 'github', CAST(gen_random_uuid() AS text), 'push')"
    )
    longest = 0.0
    async with engine.connect() as holding:
        await holding.execute(sa.text("SELECT count(*) FROM webhook_deliveries"))
        migrating = asyncio.create_task(asyncio.to_thread(asyncio.run, migrate(database_url)))
        started = time.monotonic()
        while time.monotonic() < started + 3 * LOCK_SECONDS:
            asked = time.monotonic()
            async with engine.begin() as connection:
                await connection.execute(deliver, {"id": organization_id})
            longest = max(longest, time.monotonic() - asked)
        assert not migrating.done()
    await migrating
    # They waited, and less than providers do.
    assert LOCK_SECONDS / 2 < longest < 4 * LOCK_SECONDS
    async with engine.connect() as connection:
        assert await is_newest(connection)


async def test_a_database_of_a_newer_version_is_refused_with_the_remedy(engine: AsyncEngine, database_url: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MigrationImpossible, match="newer devmetrics"):
        await migrate(database_url)


async def test_a_server_that_did_not_load_timescale_is_refused_with_the_remedy(plain_server: Server) -> None:
    """The extension is in the database, and its library is not in the server: chunks are not told from tables."""
    async with plain_server.database() as url:
        engine = create_engine(url)
        async with engine.begin() as connection:
            await connection.exec_driver_sql(
                "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) "
                "SELECT 99999, 'timescaledb', extowner, extnamespace, false, '2' FROM pg_extension LIMIT 1"
            )
        await engine.dispose()
        with pytest.raises(MigrationImpossible, match="shared_preload_libraries"):
            await migrate(url)


async def test_a_backup_restored_without_timescale_is_refused_with_the_remedy(plain_server: Server) -> None:
    """Its tables are there, and empty: it must not look like a database of nothing."""
    async with plain_server.database() as url:
        engine = create_engine(url)
        async with engine.begin() as connection:
            await mark(connection, "commits")
        await engine.dispose()
        with pytest.raises(MigrationImpossible, match="timescaledb_pre_restore"):
            await migrate(url)


async def test_an_organization_is_made_once(engine: AsyncEngine, organization_id: UUID) -> None:
    async def ensure(slug: str) -> UUID:
        async with engine.begin() as connection:
            return await ensure_organization(connection, slug)

    assert await ensure("default") == organization_id
    others = await asyncio.gather(*(ensure("acme") for _ in range(5)))
    assert len({*others}) == 1
    assert organization_id not in others
