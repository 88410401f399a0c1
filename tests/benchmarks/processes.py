"""Starts and watches the processes of a benchmark: how much processor time and memory each takes."""

import asyncio
import json
import os
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import psutil

from tests.benchmarks.load import Load

SECONDS_TO_START = 60.0


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(
    *arguments: str, port: int | None, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """A Python process; with a port, once it listens there. It is told to stop at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, env={**os.environ, **(environment or {})}, stdout=DEVNULL
    )
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while port is not None and not _listens(port):
            if process.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(arguments)} did not start")
            await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(slots=True)
class Usage:
    """Processor seconds taken by each group of processes, and the wall clock beside them."""

    seconds: float = 0.0
    taken: dict[str, float] = field(default_factory=dict)

    def shares(self) -> str:
        """Who took how much of the processors."""
        parts = ", ".join(f"{name} {taken / self.seconds:.0%}" for name, taken in self._most_first())
        return f"{parts} ({os.cpu_count()} cores are {os.cpu_count() or 1:.0%})"

    def spent(self) -> str:
        """Processor seconds of each, which other programs on this machine hardly change."""
        return ", ".join(f"{name} {taken:.2f} s" for name, taken in self._most_first())

    def per(self, deliveries: int) -> str:
        """And how long each took for one delivery, which other programs on this machine hardly change."""
        return f"{self.shares()}\n    {self.each(deliveries, 'a delivery')}"

    def each(self, count: int, name: str) -> str:
        """Processor time of each for one of `count`."""
        return ", ".join(f"{of} {taken / count * 1000:.2f} ms {name}" for of, taken in self._most_first())

    def bottleneck(self, deliveries: int) -> str:
        """Who has most to do for each delivery, and how many a second that would allow on a machine with nothing else
        to do."""
        name, taken = self._most_first()[0]
        return f"{name}, whose processor time allows {deliveries / taken:,.0f} per second"

    def _most_first(self) -> list[tuple[str, float]]:
        return sorted(self.taken.items(), key=lambda part: -part[1])


@contextmanager
def watching(**groups: int) -> Iterator[Usage]:
    """Processor time of whole groups (name = process id), between entering and leaving. 100 % is one core."""
    usage = Usage()
    before, started = {name: _seconds(pid) for name, pid in groups.items()}, time.perf_counter()
    yield usage
    usage.seconds = time.perf_counter() - started
    for name, pid in groups.items():
        usage.taken[name] = _seconds(pid) - before[name]


def _seconds(pid: int) -> float:
    """Processor seconds of a process and all its descendants, dead ones (PostgreSQL's workers) included."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
        times = process.cpu_times()
        total += times.children_user + times.children_system
    return total


def resident_megabytes(pid: int) -> float:
    """Memory of one process that is in RAM."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6


class Sent(NamedTuple):
    """How long sending took, and how many of each status were answered."""

    seconds: float
    statuses: dict[str, int]

    @property
    def per_second(self) -> float:
        return sum(self.statuses.values()) / self.seconds


class Client:
    """The process that sends (see client.py)."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid

    async def prepare(self, load: Load, port: int, *, first: int, count: int, connections: int) -> None:
        """Make and sign deliveries [first, first + count)."""
        orders = {
            "run": load.run,
            "total": load.total,
            "end": load.end.isoformat(),
            "secret": load.secret,
            "port": port,
            "first": first,
            "count": count,
            "connections": connections,
        }
        self._write(json.dumps(orders))
        assert await self._read() == "ready"

    async def go(self) -> Sent:
        """Send what was prepared."""
        self._write("go")
        result = json.loads(await self._read())
        return Sent(result["seconds"], result["statuses"])

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")

    async def _read(self) -> str:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the client ended early")
        return line.decode().strip()


@asynccontextmanager
async def client() -> AsyncIterator[Client]:
    """A client process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.client", stdin=PIPE, stdout=PIPE
    )
    try:
        yield Client(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
