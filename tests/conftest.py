"""A real PostgreSQL for every test that asks for one: one server per test process, one database per test."""

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import embedded_server
from storage.database import create_engine
from storage.migrate import ensure_organization, migrate

THROWAWAY = {
    **embedded_server.SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "120",
}


def url_of(sockets: Path, database: str) -> str:
    return str(URL.create("postgresql+asyncpg", embedded_server.USER, database=database, query={"host": str(sockets)}))


def memory_folder() -> Path | None:
    """A folder in memory, where a new database costs 40 ms and not 400; None where there is none, or a small one."""
    folder = Path("/dev/shm")
    return folder if folder.exists() and shutil.disk_usage(folder).free > 4 * 2**30 else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Path]:
    """The folder of a running server's socket. It holds a migrated database `template`."""
    # Not pytest's own folder: that one is closed to the user PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="devmetrics-tests-", dir=memory_folder()))
    folder.chmod(0o711)
    embedded_server.create_cluster(folder, sync=False)
    server = embedded_server.start_server(folder, THROWAWAY)
    try:
        deadline = time.monotonic() + 60
        while not embedded_server.is_ready(folder):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail("PostgreSQL did not start: " + (folder / "server.log").read_text())
            time.sleep(0.02)
        sockets = embedded_server.socket_folder(folder)
        asyncio.run(make_template(sockets))
        yield sockets
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
        shutil.rmtree(folder)


async def make_template(sockets: Path) -> None:
    await execute(sockets, "CREATE DATABASE template")
    await migrate(url_of(sockets, "template"))


async def execute(sockets: Path, statement: str) -> None:
    connection = await asyncpg.connect(
        host=str(sockets), port=embedded_server.PORT, user=embedded_server.USER, database="postgres"
    )
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database_url(postgresql: Path) -> AsyncIterator[str]:
    """A fresh database with all tables, for one test."""
    name = f"test_{uuid4().hex}"
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
