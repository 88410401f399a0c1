"""A server for a test run or for writing a migration: as fast as it gets, gone afterwards with all its data."""

import contextlib
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import URL

from storage.embedded.folders import EmbeddedUnavailable, socket_folder
from storage.embedded.server import SETTINGS, USER, create_cluster, is_ready, start_server

UNSAFE = {
    **SETTINGS,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "120",
}
SECONDS_TO_START = 60


def memory_folder() -> Path | None:
    """A folder in memory, where a new database costs 40 ms and not 400; None where there is none, or a small one."""
    folder = Path("/dev/shm")  # noqa: S108 (mkdtemp makes a private name)
    return folder if folder.exists() and shutil.disk_usage(folder).free > 4 * 2**30 else None


@contextlib.contextmanager
def throwaway_server() -> Iterator[Path]:
    """The folder of a new server's socket. Call it from the main thread."""
    folder = Path(tempfile.mkdtemp(prefix="devmetrics-", dir=memory_folder()))
    folder.chmod(0o711)
    try:
        create_cluster(folder, sync=False)
        server = start_server(folder, UNSAFE)
        try:
            deadline = time.monotonic() + SECONDS_TO_START
            while not is_ready(folder):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise EmbeddedUnavailable("PostgreSQL did not start: " + (folder / "server.log").read_text())
                time.sleep(0.02)
            yield socket_folder(folder)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url_of(sockets: Path, database: str) -> str:
    """The address of a database on the server whose socket is in this folder."""
    url = URL.create("postgresql+asyncpg", USER, database=database, query={"host": str(sockets)})
    return url.render_as_string()
