"""Sends a load over keep-alive connections, from a process of its own: `python -m tests.benchmarks.client`.

Reads its orders as a line of JSON, makes and signs the deliveries, says "ready", waits for a line, sends as fast as the
server answers, and says how long that took as a line of JSON. Then the next orders.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import cast

import uvloop

from tests.benchmarks.load import Load


class Connection(asyncio.Protocol):
    """One request at a time; the next one when the answer is complete."""

    def __init__(self, requests: Iterator[bytes], statuses: Counter[str], done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._statuses = statuses
        self._done = done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport, and behave like one.
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._statuses[head[9:12].decode()] += 1
        self._received = b""
        self._next()

    def connection_lost(self, problem: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(ConnectionError(f"the server closed the connection: {problem}"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            if not self._done.done():
                self._done.set_result(None)
            self._transport.close()
        else:
            self._transport.write(request)


async def send(port: int, requests: list[bytes], connections: int) -> Counter[str]:
    """Send all; return how many of each status came back."""
    loop = asyncio.get_running_loop()
    waiting, statuses = iter(requests), Counter[str]()
    dones = [loop.create_future() for _ in range(min(connections, len(requests)))]
    for done in dones:
        await loop.create_connection(partial(Connection, waiting, statuses, done), "127.0.0.1", port)
    await asyncio.gather(*dones)
    return statuses


def main() -> None:
    for line in sys.stdin:
        orders = json.loads(line)
        load = Load(orders["run"], orders["total"], datetime.fromisoformat(orders["end"]), orders["secret"])
        requests = [load.request(orders["first"] + place) for place in range(orders["count"])]
        say("ready")
        sys.stdin.readline()
        started = time.perf_counter()
        statuses = uvloop.run(send(orders["port"], requests, orders["connections"]))
        say(json.dumps({"seconds": time.perf_counter() - started, "statuses": statuses}))


def say(line: str) -> None:
    """One line to whoever gave the orders."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
