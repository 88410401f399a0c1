"""The embedded PostgreSQL with real processes, killed in every order."""

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from storage.embedded import embedded_postgresql
from storage.embedded.server import create_cluster
from storage.embedded.throwaway import memory_folder
from tests.storage.embedded.processes import (
    accepted,
    client,
    eventually,
    open_folder,
    postmaster,
    server_processes,
    supervisor,
)


@pytest.fixture(scope="module")
def prepared() -> Iterator[Path]:
    """A cluster, made once: what these tests are about comes after that."""
    with open_folder(memory_folder()) as folder:
        create_cluster(folder / "postgres", sync=False)
        yield folder / "postgres"


@pytest.fixture
def data_folder(prepared: Path) -> Iterator[Path]:
    with open_folder(memory_folder()) as folder:
        # Unlike shutil, cp keeps the owner.
        subprocess.run(["cp", "-Rp", prepared, folder], check=True)
        yield folder


async def test_the_first_starts_it_and_the_last_one_out_stops_it(data_folder: Path) -> None:
    async with client(data_folder) as first, client(data_folder) as second:
        assert first.answer == second.answer
        server = postmaster(data_folder)
        await first.close()
        await accepted(second.answer, "SELECT 1")
        assert server.is_running()
        await second.close()
        assert server_processes(data_folder) == []


async def test_processes_that_start_together_share_one_server(data_folder: Path) -> None:
    async with client(data_folder) as one, client(data_folder) as two, client(data_folder) as three:
        postmaster(data_folder)
        supervisor(data_folder)
        assert one.answer == two.answer == three.answer


async def test_data_stays_from_one_run_to_the_next(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder) as url:
        await accepted(url, "CREATE TABLE kept AS SELECT 'here' AS word")
    assert server_processes(data_folder) == []
    async with embedded_postgresql(data_folder) as url:
        assert await accepted(url, "SELECT word FROM kept") == "here"


async def test_what_was_committed_survives_a_killed_server_which_comes_back_by_itself(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder) as url:
        await accepted(url, "CREATE TABLE committed (n int)")
        for n in range(3):
            await accepted(url, f"INSERT INTO committed VALUES ({n})")
            postmaster(data_folder).kill()
        assert await accepted(url, "SELECT count(*) FROM committed") == "3"


async def test_a_killed_supervisor_is_started_again_and_the_server_with_it(data_folder: Path) -> None:
    async with embedded_postgresql(data_folder) as url:
        await accepted(url, "CREATE TABLE committed AS SELECT 1")
        old = supervisor(data_folder)
        old.kill()
        await eventually(lambda: any(process != old for process in server_processes(data_folder)))
        await eventually(lambda: not old.is_running())
        assert await accepted(url, "SELECT count(*) FROM committed") == "1"
        assert supervisor(data_folder) != old


async def test_a_signal_to_the_whole_group_leaves_the_server_to_its_users(data_folder: Path) -> None:
    """systemd and the like send SIGTERM to all processes at once: the last commit needs the server."""
    async with embedded_postgresql(data_folder) as url:
        for process in server_processes(data_folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        assert await accepted(url, "SELECT 1") == "1"


async def test_a_killed_user_leaves_no_server_behind(data_folder: Path) -> None:
    async with client(data_folder) as only:
        await only.kill()
        await eventually(lambda: not server_processes(data_folder))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the kernel to stop the orphan")
async def test_a_supervisor_killed_with_its_users_leaves_no_server_behind(data_folder: Path) -> None:
    async with client(data_folder) as only:
        process = supervisor(data_folder)
        await only.kill()
        process.kill()
        await eventually(lambda: not server_processes(data_folder))


async def test_after_everything_was_killed_the_next_start_recovers(data_folder: Path) -> None:
    async with client(data_folder) as only:
        await accepted(only.answer, "CREATE TABLE committed AS SELECT 1")
        only.process.kill()
        for process in server_processes(data_folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    async with embedded_postgresql(data_folder) as url:
        assert await accepted(url, "SELECT count(*) FROM committed") == "1"


async def test_a_process_id_that_was_given_to_somebody_else_does_not_prevent_the_start(data_folder: Path) -> None:
    """As after a restart of a container, where small numbers come again."""
    async with embedded_postgresql(data_folder):
        pid_file = data_folder / "postgres" / "cluster" / "postmaster.pid"
        content = pid_file.read_text()
    other = await asyncio.create_subprocess_exec("sleep", "60", preexec_fn=become_server_user(data_folder))
    pid_file.write_text(content.replace(content.split("\n")[0], str(other.pid), 1))
    try:
        async with embedded_postgresql(data_folder) as url:
            assert await accepted(url, "SELECT 1") == "1"
        assert other.returncode is None
    finally:
        other.kill()
        await other.wait()


def become_server_user(data_folder: Path) -> Callable[[], None]:
    owner = (data_folder / "postgres" / "cluster").stat().st_uid
    return lambda: os.setuid(owner)
