import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.embedded.throwaway import url_of
from storage.migrate import ensure_organization
from tests.conftest import execute
from tests.reports.filling import Filling


@pytest.fixture(scope="session")
def reading_engine(postgresql: Path) -> Iterator[AsyncEngine]:
    """On a database that no test changes: one for all, so that the statements are compiled once."""
    name = "reports"
    asyncio.run(execute(postgresql, f"CREATE DATABASE {name} TEMPLATE template STRATEGY file_copy"))
    # Without a pool: every test has an event loop of its own.
    yield create_async_engine(
        url_of(postgresql, name), poolclass=NullPool, connect_args={"server_settings": {"timezone": "UTC"}}
    )
    asyncio.run(execute(postgresql, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def filling(reading_engine: AsyncEngine) -> AsyncIterator[Filling]:
    """Writes rows on one connection, on which the test also reads; nothing is committed."""
    async with reading_engine.connect() as connection:
        yield Filling(connection, await ensure_organization(connection, "default"))
