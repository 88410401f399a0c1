import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.migrate import ensure_organization
from tests.reports.filling import Filling
from tests.server import Server


@contextmanager
def engine_of_many_tests(server: Server) -> Iterator[AsyncEngine]:
    """On a database that no test changes: one for all, so that the statements are compiled once."""
    name = f"reports_{uuid4().hex}"
    url = asyncio.run(server.create(name))
    # Without a pool: every test has an event loop of its own.
    yield create_async_engine(url, poolclass=NullPool, connect_args={"server_settings": {"timezone": "UTC"}})
    asyncio.run(server.drop(name))


@pytest.fixture(scope="session")
def reading_engine(server: Server) -> Iterator[AsyncEngine]:
    with engine_of_many_tests(server) as engine:
        yield engine


@pytest.fixture
async def filling(reading_engine: AsyncEngine) -> AsyncIterator[Filling]:
    """Writes rows on one connection, on which the test also reads; nothing is committed."""
    async with reading_engine.connect() as connection:
        yield Filling(connection, await ensure_organization(connection, "default"))
