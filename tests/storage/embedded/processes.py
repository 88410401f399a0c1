"""Processes that use an embedded server, and the processes of the server itself."""

import asyncio
import contextlib
import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from sqlalchemy.exc import DBAPIError

from storage.database import create_engine
from storage.embedded.folders import Account, closed_folder, name_of
from tests.patience import SECONDS

PROJECT = Path(__file__).parent.parent.parent.parent
# Says the address, and goes when its input ends.
CLIENT = """
import asyncio, sys
from pathlib import Path
from storage.embedded import EmbeddedUnavailable, embedded_postgresql

async def main():
    try:
        async with embedded_postgresql(Path(sys.argv[1])) as url:
            print(url, flush=True)
            await asyncio.to_thread(sys.stdin.read)
    except EmbeddedUnavailable as error:
        print(error, flush=True)

asyncio.run(main())
"""


@contextlib.contextmanager
def open_folder(parent: Path | None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="devmetrics-", dir=parent))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        for process in server_processes(folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        shutil.rmtree(folder)


def server_processes(data_folder: Path) -> list[psutil.Process]:
    """The server's processes and its supervisor."""
    folder, name = data_folder / "postgres", name_of(data_folder / "postgres")
    found = []
    for process in psutil.process_iter(["cmdline"]):
        arguments = process.info["cmdline"] or []
        supervisor = "storage.embedded.supervisor" in arguments and str(folder) in arguments
        if supervisor or any(name in argument for argument in arguments):
            found.append(process)
    return found


def find(data_folder: Path, argument: str) -> psutil.Process:
    found = [
        process
        for process in server_processes(data_folder)
        if any(argument in part for part in process.info["cmdline"])
    ]
    # What was forked from it just now has its arguments until it takes a title of its own.
    forked = {process.pid for process in found if process.ppid() in {one.pid for one in found}}
    (process,) = [process for process in found if process.pid not in forked]
    return process


def supervisor(data_folder: Path) -> psutil.Process:
    return find(data_folder, "storage.embedded.supervisor")


def postmaster(data_folder: Path) -> psutil.Process:
    return find(data_folder, "--cluster_name=")


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():  # noqa: ASYNC110 (about other processes)
            await asyncio.sleep(0.05)


async def accepted(url: str, statement: str) -> str:
    """Sends a statement until the server takes it; returns what it answers."""
    async with asyncio.timeout(SECONDS):
        while True:
            engine = create_engine(url)
            try:
                async with engine.begin() as connection:
                    result = await connection.exec_driver_sql(statement)
                    return str(result.scalar() if result.returns_rows else "")
            except (OSError, asyncpg.PostgresError, DBAPIError):
                await asyncio.sleep(0.05)
            finally:
                await engine.dispose()


class Client:
    """A process that uses the embedded server of a folder until it is closed, or killed."""

    def __init__(self, process: asyncio.subprocess.Process, answer: str) -> None:
        self.process = process
        self.answer = answer

    async def close(self) -> None:
        await asyncio.wait_for(self.process.communicate(b""), SECONDS)

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


def interpreter(entry: pwd.struct_passwd | None) -> str:
    """This Python, or the system's own when this one is in a folder that the account may not enter."""
    if entry is None or not closed_folder(Path(sys.executable).resolve(), Account(entry.pw_uid, entry.pw_gid)):
        return sys.executable
    found = shutil.which(f"python{sys.version_info.major}.{sys.version_info.minor}", path=os.defpath)
    return found or pytest.skip(f"user {entry.pw_name} may not enter the folder of {sys.executable}")


@contextlib.asynccontextmanager
async def client(data_folder: Path, account: str | None = None, **environment: str) -> AsyncIterator[Client]:
    entry = pwd.getpwnam(account) if account else None
    search_path = [
        environment.pop("PYTHONPATH", ""),
        str(PROJECT),
        *(path for path in sys.path if "site-packages" in path),
    ]
    process = await asyncio.create_subprocess_exec(
        *(interpreter(entry), "-c", CLIENT, str(data_folder)),
        cwd="/",
        env={"PATH": os.defpath, "PYTHONPATH": ":".join(search_path), **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        user=entry.pw_uid if entry else None,
        group=entry.pw_gid if entry else None,
        extra_groups=[] if entry else None,
    )
    assert process.stdout is not None
    try:
        yield Client(process, (await asyncio.wait_for(process.stdout.readline(), SECONDS)).decode().strip())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
