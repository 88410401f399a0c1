"""A real PostgreSQL for every test that asks for one: one server per test process, one database per test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.embedded.server import USER
from storage.embedded.throwaway import throwaway_server, url_of
from storage.migrate import ensure_organization, migrate

# A machine that is busy with other things is slow, and proves nothing.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Path]:
    """The folder of a running server's socket. It holds a migrated database `template`."""
    with throwaway_server() as sockets:
        asyncio.run(make_template(sockets))
        yield sockets


async def make_template(sockets: Path) -> None:
    await execute(sockets, "CREATE DATABASE template")
    await migrate(url_of(sockets, "template"))


async def execute(sockets: Path, statement: str) -> None:
    connection = await asyncpg.connect(host=str(sockets), port=5432, user=USER, database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database_url(postgresql: Path) -> AsyncIterator[str]:
    """A fresh database with all tables, for one test."""
    name = f"test_{uuid4().hex}"
    # Copying files is eight times faster than writing them to the log where `fsync` is off.
    await execute(postgresql, f"CREATE DATABASE {name} TEMPLATE template STRATEGY file_copy")
    yield url_of(postgresql, name)
    await execute(postgresql, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh database with all tables."""
    engine = create_engine(database_url)
    yield engine
    await engine.dispose()


@pytest.fixture
async def organization_id(engine: AsyncEngine) -> UUID:
    """The organization `default`."""
    async with engine.begin() as connection:
        return await ensure_organization(connection, "default")
