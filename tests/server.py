"""The server that tests make their databases on: the embedded PostgreSQL, or that of TIMESCALE_DSN.

On the latter every database is what `devmetrics migrate` makes of one: tests of anything run on hypertables.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.embedded.throwaway import throwaway_server, url_of
from storage.migrate import migrate
from storage.timescale import use_timescale

DSN = os.environ.get("TIMESCALE_DSN")
needs_timescale = pytest.mark.skipif(DSN is None, reason="no TIMESCALE_DSN: see `make timescale`")


class Server(NamedTuple):
    # Of its maintenance database.
    url: sa.URL
    # A database with all tables, which nobody is connected to.
    template: str

    def url_of(self, database: str) -> str:
        return self.url.set(database=database).render_as_string(hide_password=False)

    async def execute(self, statement: str) -> None:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(plain)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self, name: str) -> str:
        """The address of a fresh database with all tables."""
        # Copying files is eight times faster than writing them to the log where `fsync` is off.
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy")
        return self.url_of(name)

    async def drop(self, name: str) -> None:
        await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.asynccontextmanager
    async def database(self) -> AsyncIterator[str]:
        """The address of a fresh database with all tables, until the end of the block."""
        name = f"test_{uuid4().hex}"
        try:
            yield await self.create(name)
        finally:
            await self.drop(name)


@contextlib.contextmanager
def embedded_server() -> Iterator[Server]:
    """Call it from the main thread."""
    with throwaway_server() as sockets:
        server = Server(sa.make_url(url_of(sockets, "postgres")), "template")
        asyncio.run(_make_template(server, moved=False))
        yield server


@contextlib.contextmanager
def timescale_server(*, moved: bool = True) -> Iterator[Server]:
    """That of TIMESCALE_DSN; not `moved`: its databases are still plain, and the extension is not created."""
    server = Server(sa.make_url(DSN or "").set(drivername="postgresql+asyncpg"), f"template_{uuid4().hex}")
    asyncio.run(_make_template(server, moved=moved))
    asyncio.run(_close_template(server))
    try:
        yield server
    finally:
        asyncio.run(server.drop(server.template))


async def _make_template(server: Server, *, moved: bool) -> None:
    await server.execute(f"CREATE DATABASE {server.template}")
    await migrate(server.url_of(server.template))
    if moved:
        engine = create_engine(server.url_of(server.template), pool_size=1)
        await install_timescale(engine)
        await use_timescale(engine)
        await engine.dispose()


async def _close_template(server: Server) -> None:
    """The server's own jobs look into every database, and then it could not be copied."""
    await server.execute(f"ALTER DATABASE {server.template} ALLOW_CONNECTIONS false")
    await server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{server.template}'")


async def needs_two_sessions(engine: AsyncEngine) -> None:
    """Skip where one waits for the other: all connections of the WebAssembly build are one session."""
    session = sa.text("SELECT pg_backend_pid()")
    async with engine.connect() as one, engine.connect() as other:
        first = await one.scalar(session)
        await one.rollback()
        if first == await other.scalar(session):
            pytest.skip("all connections of the WebAssembly build are one session")


async def install_timescale(engine: AsyncEngine) -> None:
    """What an administrator does."""
    async with engine.begin() as connection:
        await connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS timescaledb"))
    await engine.dispose()
