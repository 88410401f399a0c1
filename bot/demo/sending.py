"""Sends deliveries through the webhook door, as GitHub and GitLab would, and waits until they are processed."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from bot.demo.signing import Secrets, signed_headers
from storage.models.deliveries import WebhookDelivery

AT_ONCE = 32
POLL_SECONDS = 0.2
# The door answers 503 while it cannot store; a provider would send again later.
ATTEMPTS = 5
PAUSE_SECONDS = 1.0


class NotTaken(Exception):
    """The door refused a delivery; the text says what it answered."""


async def send_all(address: str, secrets: Secrets, deliveries: Iterable[Delivery], sent: Callable[[], None]) -> None:
    """Send them, many at once, in about their order; `sent` is called for each one that was answered 202."""
    waiting = iter(deliveries)

    async def send_one_after_the_other(session: ClientSession) -> None:
        for delivery in waiting:
            await send(session, address, secrets, delivery)
            sent()

    async with _session() as session, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(send_one_after_the_other(session))


async def send(session: ClientSession, address: str, secrets: Secrets, delivery: Delivery) -> None:
    """Send one delivery until it is answered 202. Raises `NotTaken`."""
    url = f"{address}/webhooks/{delivery.provider}"
    said = ""
    for _ in range(ATTEMPTS):
        try:
            headers = signed_headers(delivery, secrets)
            async with session.post(url, data=delivery.body, headers=headers) as response:
                if response.status == HTTPStatus.ACCEPTED:
                    return
                said = f"{response.status} {await response.text()}"
                if response.status != HTTPStatus.SERVICE_UNAVAILABLE:
                    break
        except (ClientError, TimeoutError) as problem:
            said = f"{type(problem).__name__} {problem}"
        await asyncio.sleep(PAUSE_SECONDS)
    raise NotTaken(f"{url} did not take a {delivery.event} delivery: {said.strip()}")


async def send_when_due(
    address: str, secrets: Secrets, changes: Iterable[tuple[int, Delivery]], begun: Callable[[int], None]
) -> None:
    """Send each delivery at its moment; `begun` is told the number of every new change."""
    newest = 0
    async with _session() as session:
        for change, delivery in changes:
            await asyncio.sleep((delivery.at - datetime.now(UTC)).total_seconds())
            if change != newest:
                newest = change
                begun(change)
            await send(session, address, secrets, delivery)


async def wait_until_processed(
    engine: AsyncEngine, sending: asyncio.Task[None], processed: Callable[[int], None]
) -> None:
    """Until all is sent and none is pending; `processed` is told the number of finished ones now and then."""
    query = select(WebhookDelivery.state, func.count().label("number")).group_by(WebhookDelivery.state)
    while True:
        all_sent = sending.done()
        async with engine.connect() as connection:
            states = {row.state: int(row.number) for row in await connection.execute(query)}
        pending = states.get("pending", 0)
        processed(sum(states.values()) - pending)
        if all_sent and pending == 0:
            return
        await asyncio.sleep(POLL_SECONDS)


def _session() -> ClientSession:
    return ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=30))
