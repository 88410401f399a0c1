"""Strangers who send slowly keep nobody from delivering."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers import uploads
from tests.handlers.sending import Client, door, send_github
from tests.patience import SECONDS

MIB = 2**20


class Stranger:
    """A connection on which a large delivery with a made-up signature begins."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, size: int) -> None:
        self._writer.write(b"x" * size)
        await self._writer.drain()

    async def status(self) -> int:
        return int((await self._reader.readline()).split()[1])


@asynccontextmanager
async def stranger(client: Client) -> AsyncIterator[Stranger]:
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(
        b"POST /webhooks/github HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"X-GitHub-Event: push\r\nX-GitHub-Delivery: 1\r\nX-Hub-Signature-256: sha256=" + b"0" * 64 + b"\r\n"
        b"Content-Length: 20000000\r\n\r\n"
    )
    try:
        yield Stranger(reader, writer)
    finally:
        writer.close()


async def test_who_sends_slowly_gives_way_to_deliveries_when_memory_is_short(
    engine: AsyncEngine, organization_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SLOW_SECONDS", 0.1)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(door(engine, organization_id, most_bytes_in_flight=4 * MIB))
        strangers = [await stack.enter_async_context(stranger(client)) for _ in range(3)]
        for place, one in enumerate(strangers):
            await one.send(MIB + place * 100_000)
        await asyncio.sleep(0.5)

        assert [(await send_github(client, b"[%d]" % number + b" " * MIB)).status for number in range(5)] == [202] * 5

        # Whoever held most, and nobody more than was necessary.
        async with asyncio.timeout(SECONDS):
            assert await strangers[2].status() == 503
        for one in strangers[:2]:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await one.status()


async def test_who_falls_silent_is_sent_away(
    engine: AsyncEngine, organization_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "SILENCE_SECONDS", 1)
    async with door(engine, organization_id) as client, stranger(client) as slow, stranger(client) as silent:
        await silent.send(MIB)
        for _ in range(4):
            await slow.send(100)
            await asyncio.sleep(0.3)
        async with asyncio.timeout(SECONDS):
            assert await silent.status() == 408
        await slow.send(100)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await slow.status()


async def test_who_sends_drop_by_drop_is_sent_away_in_the_end(
    engine: AsyncEngine, organization_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 0.5)
    async with door(engine, organization_id) as client, stranger(client) as slow:
        for _ in range(4):
            await slow.send(100)
            await asyncio.sleep(0.2)
        async with asyncio.timeout(SECONDS):
            assert await slow.status() == 408
