"""Runs the stand-in workspace on the loopback address."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bot.demo.workspace.failures import Failures
from bot.demo.workspace.rate_limits import RateLimits
from bot.demo.workspace.response_urls import ResponseUrls
from bot.demo.workspace.sender import Sender
from bot.demo.workspace.state import State
from bot.demo.workspace.web_api import WebApi


@dataclass(slots=True)
class Workspace:
    """One workspace in which the application is installed. `address` is set while it runs."""

    clock: Callable[[], float] = time.time
    bot_token: str = field(default_factory=lambda: f"xoxb-{secrets.token_hex(12)}")
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    address: str = ""
    state: State = field(init=False)
    failures: Failures = field(default_factory=Failures)
    rate_limits: RateLimits = field(init=False)
    web_api: WebApi = field(init=False)
    response_urls: ResponseUrls = field(init=False)

    def __post_init__(self) -> None:
        self.state = State(self.clock)
        self.rate_limits = RateLimits(self.clock)
        self.web_api = WebApi(self.state, self.failures, self.bot_token, self.rate_limits)
        self.response_urls = ResponseUrls(self.state, self.failures)

    @property
    def api_url(self) -> str:
        """For SLACK_API_URL."""
        return f"{self.address}/api"

    @asynccontextmanager
    async def running(
        self, port: int = 0, also: Callable[[web.Application], None] = lambda _: None
    ) -> AsyncIterator["Workspace"]:
        """`also` may add to the server, for example the page."""
        app = web.Application()
        app.add_routes([*self.web_api.routes(), *self.response_urls.routes()])
        also(app)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            self.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()

    @asynccontextmanager
    async def people(self, application: str) -> AsyncIterator[Sender]:
        """What they do goes to `application`, the address of its /slack/events."""
        async with aiohttp.ClientSession() as session:
            yield Sender(self.state, self.response_urls, application, self.address, self.signing_secret, session)
