"""One view for every provider: verify, store the raw body once, answer 202. The work comes later."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from handlers.doors import Doors
from handlers.inbox import Delivery, Inbox, NotStored
from handlers.providers import PROVIDERS
from handlers.rejection import Rejected
from handlers.uploads import MOST_BYTES_IN_FLIGHT, Uploads

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
        self._uploads = Uploads(most_bytes_in_flight)

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
            with self._uploads.begin() as upload:
                body = await self._uploads.read(request, upload)
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


def _error(rejection: Rejected) -> web.Response:
    headers = RETRY_AFTER if rejection.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    body = {"error": {"code": rejection.code, "message": rejection.message}}
    return web.json_response(body, status=rejection.status, headers=headers)


def _unavailable(message: str) -> Rejected:
    return Rejected(HTTPStatus.SERVICE_UNAVAILABLE, "not_stored", message)
