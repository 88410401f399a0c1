"""Databases as they are before `devmetrics migrate` moved anything."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from tests.server import DSN, Server, timescale_server


@pytest.fixture(scope="session")
def unmoved(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server of TIMESCALE_DSN, with databases in which the extension is not created; else the embedded one."""
    if DSN is None:
        yield request.getfixturevalue("plain_server")
    else:
        with timescale_server(moved=False) as made:
            yield made


@pytest.fixture
async def plain(unmoved: Server) -> AsyncIterator[AsyncEngine]:
    """An engine on one of these databases, with all tables."""
    async with unmoved.database() as url:
        engine = create_engine(url)
        yield engine
        await engine.dispose()
