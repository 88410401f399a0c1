"""Sending to a door: until it is answered 202, and with the door's own words when it refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from aiohttp import web

from bot.demo import sending
from bot.demo.company import Delivery, deliveries
from bot.demo.signing import new_secrets


@pytest.fixture(scope="module")
def some() -> list[Delivery]:
    return list(islice(deliveries(date(2026, 11, 23)), 40))


@asynccontextmanager
async def door(*statuses: int) -> AsyncIterator[tuple[str, list[str]]]:
    """A door that answers with these statuses, and then with 202; and the keys that it took."""
    waiting, taken = list(statuses), list[str]()

    async def receive(request: web.Request) -> web.Response:
        await request.read()
        status = waiting.pop(0) if waiting else 202
        if status == 202:
            taken.append(request.headers.get("X-GitHub-Delivery") or request.headers["Idempotency-Key"])
        return web.Response(status=status, text="why")

    app = web.Application()
    app.router.add_post("/webhooks/{provider}", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", taken
    finally:
        await runner.cleanup()


async def test_all_are_sent_once_and_counted(some: list[Delivery]) -> None:
    sent: list[None] = []
    async with door() as (address, taken):
        await sending.send_all(address, new_secrets(), some, lambda: sent.append(None))
    assert sorted(taken) == sorted(delivery.key for delivery in some)
    assert len(sent) == len(some)


async def test_a_door_that_cannot_store_now_is_asked_again(
    some: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PAUSE_SECONDS", 0)
    async with door(503, 503) as (address, taken):
        await sending.send_all(address, new_secrets(), some[:1], lambda: None)
    assert taken == [some[0].key]


async def test_a_refusal_is_told_with_the_doors_own_words(some: list[Delivery]) -> None:
    async with door(401) as (address, _):
        with pytest.RaisesGroup(pytest.RaisesExc(sending.NotTaken, match="401 why"), flatten_subgroups=True):
            await sending.send_all(address, new_secrets(), some[:1], lambda: None)


async def test_live_deliveries_wait_for_their_moment(some: list[Delivery]) -> None:
    begun: list[int] = []
    due = datetime.now(UTC) + timedelta(seconds=0.2)
    changes = [(7, Delivery("github", "push", "live", b"{}", due)), (7, some[0])]
    async with door() as (address, taken):
        await sending.send_when_due(address, new_secrets(), changes, begun.append)
    assert taken == ["live", some[0].key]
    assert begun == [7]
    assert datetime.now(UTC) >= due
