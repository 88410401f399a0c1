import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.migrate import ensure_organization
from tests.reports.filling import Filling
from tests.reports.year import fill
from tests.server import DSN, Server


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


@pytest.fixture(scope="session")
def engine_on_a_year(server: Server) -> Iterator[AsyncEngine]:
    with engine_of_many_tests(server) as engine:
        asyncio.run(fill(engine))
        yield engine


@pytest.fixture
async def filled(engine_on_a_year: AsyncEngine) -> AsyncIterator[tuple[Filling, list[UUID]]]:
    async with engine_on_a_year.connect() as connection:
        await connection.execute(sa.text("SET LOCAL plan_cache_mode = force_generic_plan"))
        if DSN is not None:
            # Of a chunk of some hundred rows it is nothing to read all: only what cannot be found otherwise is seen
            # then.
            await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        filling = Filling(connection, await ensure_organization(connection, "default"))
        repositories = await connection.scalars(sa.text("SELECT id FROM repositories ORDER BY id"))
        yield filling, [*repositories]
