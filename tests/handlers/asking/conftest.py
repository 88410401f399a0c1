"""Databases beside the test's own, to compare with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.embedded.throwaway import url_of
from storage.migrate import ensure_organization
from tests.conftest import execute

Another = Callable[[], Awaitable[tuple[AsyncEngine, UUID]]]


@pytest.fixture
async def another(postgresql: Path) -> AsyncIterator[Another]:
    """`await another()`: an engine on one more fresh database, and its organization `default`."""
    made: list[tuple[str, AsyncEngine]] = []

    async def make() -> tuple[AsyncEngine, UUID]:
        name = f"test_{uuid4().hex}"
        await execute(postgresql, f"CREATE DATABASE {name} TEMPLATE template STRATEGY file_copy")
        engine = create_engine(url_of(postgresql, name))
        made.append((name, engine))
        async with engine.begin() as connection:
            return engine, await ensure_organization(connection, "default")

    yield make
    for name, engine in made:
        await engine.dispose()
        await execute(postgresql, f"DROP DATABASE {name} WITH (FORCE)")
