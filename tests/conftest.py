"""A real PostgreSQL for every test that asks for one: one server per test process, one database per test."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.migrate import ensure_organization
from tests.server import DSN, Server, embedded_server, timescale_server

# A machine that is busy with other things is slow, and proves nothing.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def plain_server() -> Iterator[Server]:
    """The embedded PostgreSQL, whatever the others run on."""
    with embedded_server() as server:
        yield server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The embedded PostgreSQL; with TIMESCALE_DSN that server, and hypertables in its databases."""
    if DSN is None:
        yield request.getfixturevalue("plain_server")
    else:
        with timescale_server() as made:
            yield made


@pytest.fixture
async def database_url(server: Server) -> AsyncIterator[str]:
    """A fresh database with all tables, for one test."""
    async with server.database() as url:
        yield url


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
