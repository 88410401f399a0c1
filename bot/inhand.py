"""The requests in hand, so that stopping can wait for them.

aiohttp's own waiting begins by ignoring whatever still arrives, and so loses each request whose body is half here.
"""

import asyncio
from contextlib import suppress

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware


class InHand:
    """Counts requests from their headers to their answer."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def middleware(self) -> Middleware:
        @web.middleware
        async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
            self._count += 1
            self._none.clear()
            try:
                return await handler(request)
            finally:
                self._count -= 1
                if self._count == 0:
                    self._none.set()

        return count

    async def wait(self, seconds: float) -> None:
        """Until there is none, at most so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._none.wait(), seconds)
