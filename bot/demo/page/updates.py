"""Pushes the whole state to every open page, whenever it changed (server-sent events)."""

import asyncio
import json
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.demo.workspace.state import Json

# What is silent for longer is taken for dead by some.
KEEP_ALIVE_SECONDS = 15.0


class Updates:
    """Everything that changes the workspace is a request to its server, so each one wakes the open pages."""

    def __init__(self, current: Callable[[], Json]) -> None:
        self._current = current
        self._open: set[asyncio.Event] = set()
        self._closing = False

    def add_to(self, app: web.Application) -> None:
        app.middlewares.append(self._wake_after)
        app.on_shutdown.append(self._close)

    def wake(self) -> None:
        for event in self._open:
            event.set()

    async def follow(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        changed = asyncio.Event()
        changed.set()
        self._open.add(changed)
        shown = ""
        try:
            while not self._closing:
                changed.clear()
                state = json.dumps(self._current(), ensure_ascii=False)
                await response.write(f"data: {state}\n\n".encode() if state != shown else b": alive\n\n")
                shown = state
                try:
                    await asyncio.wait_for(changed.wait(), KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    continue
        except ConnectionError:
            # The page was closed.
            return response
        finally:
            self._open.discard(changed)
        return response

    @web.middleware
    async def _wake_after(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            if request.method == "POST":
                self.wake()

    async def _close(self, _: web.Application) -> None:
        self._closing = True
        self.wake()
