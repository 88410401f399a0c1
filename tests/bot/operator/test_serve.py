"""`devmetrics serve` as a process: what it says, what it does, and how it leaves."""

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.stopping import GRACE_SECONDS
from tests.handlers.deliveries import push
from tests.handlers.sending import GITHUB_SECRET, github_headers
from tests.patience import SECONDS, SECONDS_TO_START

ROOT = Path(__file__).parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(*words: str, **environment: str) -> AsyncIterator[Process]:
    """The process, which is killed at the end if it is still there."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve", *words),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(port: int) -> None:
    async with asyncio.timeout(SECONDS_TO_START), aiohttp.ClientSession() as session:
        while True:
            with suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200:
                        return
            await asyncio.sleep(0.05)


async def stop(process: Process) -> tuple[int, str]:
    """Exit status, and all that it wrote: its log, and whatever else went to the terminal."""
    process.terminate()
    async with asyncio.timeout(SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, (out + err).decode()


async def send(port: int, number: int) -> int:
    body = msgspec.json.encode(push(number))
    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"http://127.0.0.1:{port}/webhooks/github", data=body, headers=github_headers(body, "push")
        ) as response,
    ):
        return response.status


@pytest.fixture
def own_database(database_url: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "SECRET_KEY": "k" * 32, "GITHUB_WEBHOOK_SECRET": GITHUB_SECRET}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to the user that PostgreSQL runs as when the tests run as root."""
    path = Path(tempfile.mkdtemp(prefix="devmetrics-serve-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


async def test_a_first_start_needs_nothing_and_says_what_to_do_next(folder: Path) -> None:
    port = free_port()
    async with serving(DATA_DIR=str(folder / "data"), PORT=str(port)) as process:
        await ready(port)
        assert await send(port, 1) == 503
        status, log = await stop(process)

    assert status == 0
    for said in (f"http://127.0.0.1:{port}", "GITHUB_WEBHOOK_SECRET", "GITLAB_WEBHOOK_SIGNING_TOKEN", "PUBLIC_URL"):
        assert said in log
    assert "Stopped" in log
    assert "Traceback" not in log


async def test_web_and_worker_run_apart(own_database: dict[str, str], engine: AsyncEngine) -> None:
    port = free_port()
    async with serving("--only", "web", PORT=str(port), LOG_FORMAT="json", **own_database) as web:
        await ready(port)
        assert await send(port, 1) == 202
        await asyncio.sleep(0.5)
        assert await states(engine) == ["pending"]
        async with serving("--only", "worker", **own_database) as worker:
            async with asyncio.timeout(SECONDS_TO_START):
                while await states(engine) != ["done"]:  # noqa: ASYNC110 (the database is asked)
                    await asyncio.sleep(0.05)
            assert (await stop(worker))[0] == 0
        status, log = await stop(web)

    assert status == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert any("serve --only worker" in line["event"] for line in lines)
    assert GITHUB_SECRET not in log
    assert "k" * 32 not in log


async def test_told_to_stop_it_finishes_the_request_in_hand(own_database: dict[str, str], engine: AsyncEngine) -> None:
    """A delivery that is half sent when the signal comes is stored and answered 202."""
    port = free_port()
    body = msgspec.json.encode(push(1))
    sending = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield body[:10]
        sending.set()
        await asyncio.sleep(1)
        yield body[10:]

    async with serving("--only", "web", PORT=str(port), **own_database) as process:
        await ready(port)
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{port}/webhooks/github"
            request = asyncio.create_task(session.post(url, data=slowly(), headers=github_headers(body, "push")))
            await sending.wait()
            await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            async with await request as response:
                assert response.status == 202
        async with asyncio.timeout(SECONDS):
            assert await process.wait() == 0

    assert await states(engine) == ["pending"]


async def test_told_to_stop_it_leaves_before_it_is_killed_whatever_its_work_waits_for(
    own_database: dict[str, str], engine: AsyncEngine
) -> None:
    """`docker stop` waits ten seconds. A batch behind somebody's lock is left, and done after the next start."""
    port = free_port()
    async with serving(PORT=str(port), **own_database) as process:
        await ready(port)
        async with engine.begin() as connection:
            await connection.execute(text("LOCK TABLE repositories IN ACCESS EXCLUSIVE MODE"))
            assert await send(port, 1) == 202
            await waits_for_a_lock(engine)
            started = time.monotonic()
            status, log = await stop(process)
            assert time.monotonic() - started < GRACE_SECONDS + 10, "with time to spare for a busy machine"
            assert status == 0
            assert "Traceback" not in log
            assert await states(engine) == ["pending"]
    async with serving("--only", "worker", **own_database) as process, asyncio.timeout(SECONDS_TO_START):
        while await states(engine) != ["done"]:  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.05)


async def waits_for_a_lock(engine: AsyncEngine) -> None:
    async with asyncio.timeout(SECONDS_TO_START), engine.connect() as connection:
        waiting = text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        while not await connection.scalar(waiting):  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.05)


async def test_a_port_that_is_taken_is_told_in_one_sentence(own_database: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with serving("--only", "web", PORT=str(port), **own_database) as process:
            async with asyncio.timeout(SECONDS_TO_START):
                _, err = await process.communicate()

    assert process.returncode == 1
    assert f"port {port}" in err.decode()
    assert "Traceback" not in err.decode()


async def states(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT state FROM webhook_deliveries ORDER BY id"))
        return [row.state for row in rows]
