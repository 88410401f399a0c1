"""Databases beside the test's own, to compare with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.migrate import ensure_organization
from tests.server import Server

Another = Callable[[], Awaitable[tuple[AsyncEngine, UUID]]]


@pytest.fixture
async def another(server: Server) -> AsyncIterator[Another]:
    """`await another()`: an engine on one more fresh database, and its organization `default`."""
    async with AsyncExitStack() as made:

        async def make() -> tuple[AsyncEngine, UUID]:
            engine = create_engine(await made.enter_async_context(server.database()))
            made.push_async_callback(engine.dispose)
            async with engine.begin() as connection:
                return engine, await ensure_organization(connection, "default")

        yield make
