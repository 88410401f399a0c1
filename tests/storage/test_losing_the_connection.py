"""Whenever the connection is lost while a database is upgraded and moved, the next run comes to the same end."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import asyncpg
import sqlalchemy as sa
from alembic import command
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.migrate import alembic_configuration, ensure_organization, migrate
from storage.timescale import find_state, use_timescale
from tests.server import DSN, install_timescale
from tests.storage.telling import aggregates, links, story, tell

FIRST = "0001"


class Lost(ConnectionError):
    pass


@contextmanager
def losing(at: int) -> Iterator[list[str]]:
    """Lose the connection before the statement of this number; yields the statements that were lost, one or none."""
    numbers, lost = itertools.count(1), list[str]()

    def lose(connection: sa.Connection, _cursor: Any, statement: str, *_: object) -> None:
        if next(numbers) == at:
            lost.append(statement)
            connection.connection.driver_connection.terminate()  # type: ignore[union-attr]
            raise Lost

    sa.event.listen(sa.Engine, "before_cursor_execute", lose)
    try:
        yield lost
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", lose)


async def upgrade_and_move(url: sa.URL) -> None:
    await migrate(url)
    engine = create_engine(url)
    try:
        await use_timescale(engine)
    finally:
        await engine.dispose()


async def test_the_next_run_comes_to_the_same_end(plain: AsyncEngine) -> None:
    async with plain.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    repository_id = await tell(plain, organization_id, story("1"))
    counted, linked = await aggregates(plain, repository_id), await links(plain, repository_id)
    async with plain.connect() as connection:
        await connection.run_sync(lambda sync: command.downgrade(alembic_configuration(sync), FIRST))
    if DSN is not None:
        await install_timescale(plain)
    await plain.dispose()

    # Each run gets some statements further than the one before.
    statements = set[str]()
    for at in itertools.count(1):
        with losing(at) as lost, suppress(Lost, SQLAlchemyError, asyncpg.InterfaceError):
            await upgrade_and_move(plain.url)
            assert not lost
            break
        assert lost, "it failed by itself"
        statements |= {*lost}
    assert len(statements) > 20
    assert await aggregates(plain, repository_id) == counted
    assert await links(plain, repository_id) == linked
    async with plain.connect() as connection:
        assert (await find_state(connection)).to_move == []
