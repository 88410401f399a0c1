"""kill -9 of the server and of its PostgreSQL, during a load: what was answered 202 is there, and counts once.

DEVMETRICS_CRASH_DELIVERIES sets the size (`make crash`: 5,000).
"""

import asyncio
import os
import random
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from sqlalchemy import text

from storage.database import create_engine
from storage.embedded import embedded_postgresql
from tests.benchmarks.processes import free_port
from tests.handlers.deliveries import deployment_status, pull_request, push
from tests.handlers.sending import GITHUB_SECRET, github_headers

DELIVERIES = int(os.environ.get("DEVMETRICS_CRASH_DELIVERIES", "5000"))
KILLS = 8
SENDERS = 24
REPOSITORIES = 5
SECONDS_TO_START = 60


def delivery(number: int) -> tuple[str, dict[str, Any]]:
    """Delivery `number`: a commit, a pull request or a deployment of its own."""
    kind, of = number % 3, number % REPOSITORIES + 1
    if kind == 0:
        return "push", push(number, of=of)
    if kind == 1:
        return "pull_request", pull_request(number, of=of)
    return "deployment_status", deployment_status(number, of=of)


class Server:
    """`devmetrics serve` as a process of its own, on the embedded PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: Process | None = None
        self.log = (folder / "serve.log").open("ab")

    async def start(self) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.port),
            "GITHUB_WEBHOOK_SECRET": GITHUB_SECRET,
        }
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve"),
            cwd=Path(__file__).parents[2],
            env=environment,
            stdout=self.log,
            stderr=self.log,
        )
        async with asyncio.timeout(SECONDS_TO_START), aiohttp.ClientSession() as session:
            while True:
                assert self.process.returncode is None, (self.folder / "serve.log").read_text()[-2000:]
                with suppress(aiohttp.ClientError):
                    async with session.get(f"{self.address}/readyz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    def kill_postgresql(self) -> None:
        first_line = (self.folder / "data/postgres/cluster/postmaster.pid").read_text().partition("\n")[0]
        os.kill(int(first_line), signal.SIGKILL)

    async def stop(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()
        self.log.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    """On a disk, and open to the user that PostgreSQL runs as when the tests run as root."""
    path = Path(tempfile.mkdtemp(prefix="devmetrics-crash-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Server]:
    server = Server(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Senders:
    """Send every delivery until it is answered 202, and never again after that."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._waiting = list(range(1, DELIVERIES + 1))
        random.shuffle(self._waiting)
        self.acknowledged: set[int] = set()
        self.refused = 0

    async def run(self) -> None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session:
            await asyncio.gather(*(self._send_all(session) for _ in range(SENDERS)))

    async def reach(self, count: int) -> None:
        while len(self.acknowledged) < count:  # noqa: ASYNC110 (the counter is the sender's)
            await asyncio.sleep(0.005)

    async def _send_all(self, session: aiohttp.ClientSession) -> None:
        while self._waiting:
            number = self._waiting.pop()
            if await self._send(session, number):
                self.acknowledged.add(number)
            else:
                self.refused += 1
                self._waiting.append(number)
                await asyncio.sleep(0.1)

    async def _send(self, session: aiohttp.ClientSession, number: int) -> bool:
        event, payload = delivery(number)
        body = msgspec.json.encode(payload)
        headers = github_headers(body, event, key=f"delivery-{number}")
        try:
            async with session.post(f"{self._server.address}/webhooks/github", data=body, headers=headers) as response:
                assert response.status in (202, 503), await response.text()
                return response.status == 202
        except (aiohttp.ClientError, TimeoutError):
            return False


async def kill_again_and_again(server: Server, senders: Senders) -> None:
    """In turns the server and PostgreSQL, spread over the load."""
    for turn in range(1, KILLS + 1):
        await senders.reach(DELIVERIES * turn // (KILLS + 1) + random.randint(0, 20))
        if turn % 2:
            await server.kill()
            await server.start()
        else:
            server.kill_postgresql()


@pytest.mark.slow
async def test_what_was_answered_202_survives_kill_9_and_counts_once(folder: Path) -> None:
    async with running(folder) as server:
        senders = Senders(server)
        await asyncio.gather(senders.run(), kill_again_and_again(server, senders))
        # And both at once, while the worker is still at it.
        server.kill_postgresql()
        await server.kill()
        await server.start()
        async with embedded_postgresql(folder / "data") as url:
            engine = create_engine(url)
            async with asyncio.timeout(300), engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                pending = "SELECT count(*) FROM webhook_deliveries WHERE state = 'pending'"
                while await connection.scalar(text(pending)):  # noqa: ASYNC110 (the database is asked)
                    await asyncio.sleep(0.2)
                found = await counts(connection)
            await engine.dispose()

    kinds = [number % 3 for number in senders.acknowledged]
    pushes, pull_requests, deployments = (kinds.count(kind) for kind in range(3))
    assert senders.acknowledged == set(range(1, DELIVERIES + 1))
    assert senders.refused > 0, "nothing was ever killed during the load"
    assert found == {
        "deliveries": DELIVERIES,
        "done": DELIVERIES,
        "commits": pushes,
        "pull_requests": pull_requests,
        "deployments": deployments,
        "daily_commits": pushes,
        "weekly_deployments": deployments,
    }


async def counts(connection: Any) -> dict[str, int]:
    queries = {
        "deliveries": "SELECT count(DISTINCT delivery_key) FROM webhook_deliveries",
        "done": "SELECT count(*) FROM webhook_deliveries WHERE state = 'done'",
        "commits": "SELECT count(*) FROM commits",
        "pull_requests": "SELECT count(*) FROM pull_requests",
        "deployments": "SELECT count(*) FROM deployments",
        "daily_commits": "SELECT coalesce(sum(commit_count), 0) FROM daily_commit_stats",
        "weekly_deployments": "SELECT coalesce(sum(deployment_count), 0) FROM weekly_dora_metrics",
    }
    return {name: int(await connection.scalar(text(query))) for name, query in queries.items()}
