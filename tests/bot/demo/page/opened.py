"""The page beside the real application, with an empty database: quick, and without a browser."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.demo.page.opening import OpenPage, open_page
from bot.demo.workspace.state import Channel, Message
from tests.bot.slack.place import settings_for


@dataclass
class Opened:
    """The page, and one who does over HTTP what its script does."""

    slack: OpenPage
    session: aiohttp.ClientSession
    # Stops the application.
    stop: Callable[[], Awaitable[None]]

    def channel(self, name: str) -> Channel:
        return next(one for one in self.slack.workspace.state.channels.values() if one.name == name)

    @property
    def newest(self) -> Message:
        return list(self.slack.workspace.state.messages.values())[-1]

    async def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        async with self.session.post(f"{self.slack.address}{path}", json=body, headers=headers) as response:
            return response.status, await response.json()

    async def type(self, text: str, channel: str = "team-platform") -> Message:
        """Typed, and worked on to its end; the newest message then."""
        assert await self.post("texts", {"channel": self.channel(channel).id, "text": text}) == (200, {})
        await quiet()
        return self.newest


async def quiet() -> None:
    """Until the application has nothing in hand."""
    while working := [task for task in asyncio.all_tasks() if task.get_name() == "work for Slack"]:
        await asyncio.wait(working)


@asynccontextmanager
async def opened(engine: AsyncEngine, organization_id: UUID, folder: Path) -> AsyncIterator[Opened]:
    async with open_page(0) as slack:
        app = create_app(settings_for(slack.workspace, folder), engine, organization_id)
        async with (
            TestServer(app) as server,
            slack.connected(str(server.make_url("")).rstrip("/")),
            aiohttp.ClientSession() as session,
        ):
            yield Opened(slack, session, server.close)


async def states(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """What the page is told, one state after the other."""
    async for line in response.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))
