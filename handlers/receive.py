"""One view for every provider: verify, store the raw body once, answer 202. The work comes later."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import ClientPayloadError, web
from aiohttp.http_exceptions import HttpProcessingError
from sqlalchemy.exc import SQLAlchemyError

from handlers.doors import Doors
from handlers.inbox import Delivery, Inbox, NotStored
from handlers.providers import PROVIDERS
from handlers.rejection import Rejected

# GitHub's and GitLab's own limit.
# https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap
MOST_BODY_BYTES = 25 * 2**20
# What bodies may take in memory together, until they are stored.
MOST_BYTES_IN_FLIGHT = 256 * 2**20
# What a delivery takes besides its body.
OVERHEAD_BYTES = 2048
# The providers give up after ten seconds.
PATIENCE_SECONDS = 30.0
# Checking this much would hold up the others: it is done in a thread.
LARGE_BYTES = 2**20

RETRY_AFTER = {"Retry-After": "30"}
STORED = b'{"status": "stored"}'


class Receiver:
    """Takes deliveries for all doors. `count` is told each answer: (provider, status)."""

    def __init__(
        self,
        inbox: Inbox,
        doors: Doors,
        *,
        count: Callable[[str, int], None],
        most_bytes_in_flight: int = MOST_BYTES_IN_FLIGHT,
    ) -> None:
        self._inbox = inbox
        self._doors = doors
        self._count = count
        self._bytes_left = most_bytes_in_flight

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/webhooks/{provider}", self.receive),
            web.post("/webhooks/{provider}/{connection}", self.receive),
        ]

    async def receive(self, request: web.Request) -> web.Response:
        provider = request.match_info["provider"]
        try:
            await self._take(request, provider)
        except Rejected as rejection:
            response = _error(rejection)
        else:
            response = web.Response(status=HTTPStatus.ACCEPTED, body=STORED, content_type="application/json")
        self._count(provider if provider in PROVIDERS else "unknown", response.status)
        return response

    async def _take(self, request: web.Request, provider: str) -> None:
        try:
            door = await self._doors.find(provider, request.match_info.get("connection"))
            door.verifier.check_headers(request.headers)
            with self._reservation() as reserve:
                body = await _read_body(request, reserve)
                now = datetime.now(UTC)
                if len(body) < LARGE_BYTES:
                    envelope = door.verifier.open_envelope(request.headers, body, now)
                else:
                    envelope = await asyncio.to_thread(door.verifier.open_envelope, request.headers, body, now)
                await self._inbox.store(
                    Delivery(
                        door.organization_id,
                        provider,
                        door.connection_id,
                        envelope.key,
                        envelope.event,
                        envelope.body,
                        now,
                    )
                )
        except (NotStored, SQLAlchemyError, OSError) as problem:
            raise _unavailable("The delivery cannot be stored now. Send it again later.") from problem

    @contextmanager
    def _reservation(self) -> Iterator[Callable[[int], None]]:
        """What this request takes of the memory for bodies in flight; given back at the end."""
        reserved = 0

        def reserve(size: int) -> None:
            nonlocal reserved
            if size > self._bytes_left:
                raise _unavailable("Too many deliveries at once. Send it again later.")
            reserved += size
            self._bytes_left -= size

        try:
            reserve(OVERHEAD_BYTES)
            yield reserve
        finally:
            self._bytes_left += reserved


async def _read_body(request: web.Request, reserve: Callable[[int], None]) -> bytes:
    """The body as sent, at most 25 MiB of it, also when its length was not announced."""
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise _too_large()
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while chunk := await request.content.readany():
                size += len(chunk)
                if size > MOST_BODY_BYTES:
                    raise _too_large()
                reserve(len(chunk))
                chunks.append(chunk)
    except TimeoutError:
        raise Rejected(HTTPStatus.REQUEST_TIMEOUT, "timeout", "The body did not arrive in time.") from None
    except (ClientPayloadError, web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Rejected(HTTPStatus.BAD_REQUEST, "broken_body", "The body did not arrive whole.") from None
    return b"".join(chunks)


def _error(rejection: Rejected) -> web.Response:
    headers = RETRY_AFTER if rejection.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    body = {"error": {"code": rejection.code, "message": rejection.message}}
    return web.json_response(body, status=rejection.status, headers=headers)


def _unavailable(message: str) -> Rejected:
    return Rejected(HTTPStatus.SERVICE_UNAVAILABLE, "not_stored", message)


def _too_large() -> Rejected:
    return Rejected(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "A delivery has at most 25 MiB.")
