"""PostgreSQL without installing it: the default when DATABASE_URL is not set.

    async with embedded_postgresql(data_folder) as url:
        engine = create_engine(url)

Any number of processes use one server at the same time, each within its own `async with`. The first starts it, the
last one out stops it, also when it is killed. The server is reached by a Unix socket in a folder that only its own
account (and root) can enter; there is no TCP and no password.
"""

import asyncio
import contextlib
import fcntl
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

from storage.embedded.folders import (
    PORT,
    EmbeddedUnavailable,
    default_data_folder,
    open_ours,
    prepare_folder,
    socket_folder,
)
from storage.embedded.server import DATABASE, USER, is_ready

__all__ = ["EmbeddedUnavailable", "default_data_folder", "embedded_postgresql"]

# Recovery after a crash replays at most some hundred megabytes.
SECONDS_TO_START = 120
SECONDS_TO_STOP = 20
SECONDS_BETWEEN_CHECKS = 1
STARTS = 2


@contextlib.asynccontextmanager
async def embedded_postgresql(data_folder: Path) -> AsyncIterator[str]:
    """The URL of the server in `data_folder`, which runs and is kept running until the end of the block.

    A server that was killed is back within seconds; connections to it fail in between. Raises EmbeddedUnavailable.
    """
    with explained(data_folder):
        folder = prepare_folder(data_folder / "postgres")
        users = await use(folder)
    try:
        with explained(data_folder):
            await wait_until_running(folder)
        keeper = asyncio.create_task(keep_running(folder))
        try:
            yield f"postgresql+asyncpg://{USER}@/{DATABASE}?host={quote(str(socket_folder(folder)), safe='')}"
        finally:
            keeper.cancel()
    finally:
        last = try_lock(users, fcntl.LOCK_EX)
        os.close(users)
        if last:
            await wait_until_stopped(folder)


@contextlib.contextmanager
def explained(data_folder: Path) -> Iterator[None]:
    """Turns what the operating system refuses into what the administrator can do."""
    try:
        yield
    except OSError as error:
        raise EmbeddedUnavailable(
            f"The embedded PostgreSQL cannot use {data_folder}: {error.strerror} ({error.filename}). Set DATA_DIR to a "
            "folder that you may write to."
        ) from error


async def use(folder: Path) -> int:
    """A shared lock on `users.lock`: while anybody holds one, the server stays. Waits while it is being stopped."""
    users = open_ours(folder / "users.lock", os.O_RDWR)
    deadline = time.monotonic() + SECONDS_TO_START
    while not try_lock(users, fcntl.LOCK_SH):
        if time.monotonic() > deadline:
            os.close(users)
            raise EmbeddedUnavailable(f"The embedded PostgreSQL in {folder} does not end. See {folder}/server.log.")
        await asyncio.sleep(0.05)
    return users


async def wait_until_running(folder: Path) -> None:
    """Start the server unless it runs, and wait until it accepts connections."""
    deadline = time.monotonic() + SECONDS_TO_START
    starts = 0
    while True:
        starts += await start_supervisor(folder)
        if await accepts_connections(folder):
            return
        if starts > STARTS or time.monotonic() > deadline:
            lines = (folder / "server.log").read_text(errors="replace").splitlines()
            raise EmbeddedUnavailable(
                f"The embedded PostgreSQL in {folder} did not start. The end of {folder / 'server.log'}:\n"
                + "\n".join(lines[-8:])
            )
        await asyncio.sleep(0.05)


async def keep_running(folder: Path) -> None:
    """Start the server's supervisor again whenever it was killed (it starts the server again when that was)."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN_CHECKS)
        # No process or file descriptor left, a full disk: try again, it may pass.
        with contextlib.suppress(OSError):
            await start_supervisor(folder)


async def start_supervisor(folder: Path) -> bool:
    """Start the supervisor unless there is one. Returns whether it was started."""
    with exclusive(folder / "supervisor.lock") as lock:
        if lock is None:
            return False
        with os.fdopen(open_ours(folder / "server.log", os.O_WRONLY | os.O_APPEND), "ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "storage.embedded.supervisor", str(folder), str(lock)),
                env=supervisor_environment(),
                cwd="/",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
            )
        await process.wait()
        return True


def supervisor_environment() -> dict[str, str]:
    """Ours, with what we can import, wherever we were started from."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(Path(path).resolve()) for path in sys.path)}


async def accepts_connections(folder: Path) -> bool:
    if not is_ready(folder):
        return False
    try:
        _, writer = await asyncio.open_unix_connection(socket_folder(folder) / f".s.PGSQL.{PORT}")
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def wait_until_stopped(folder: Path) -> None:
    """Whoever was the last waits for the shutdown: a container that ends with us would cut it off."""
    deadline = time.monotonic() + SECONDS_TO_STOP
    while time.monotonic() < deadline:
        with exclusive(folder / "supervisor.lock") as lock:
            if lock is not None:
                return
        await asyncio.sleep(0.05)


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[int | None]:
    """The descriptor of an exclusive lock; None: somebody else has it."""
    descriptor = open_ours(path, os.O_RDWR)
    try:
        yield descriptor if try_lock(descriptor, fcntl.LOCK_EX) else None
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
