"""Opens the page on this machine: the furnished workspace, its Web API and the page, on one port."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.demo.page.furnishing import furnish
from bot.demo.page.routes import Page
from bot.demo.workspace.server import Workspace
from bot.operator.failure import Failed
from bot.slack.app import ADDRESS

# Ports tried after the first one, when that is taken.
MORE_PORTS = 20


@dataclass(frozen=True, slots=True)
class OpenPage:
    workspace: Workspace
    page: Page

    @property
    def address(self) -> str:
        return f"{self.workspace.address}/"

    @asynccontextmanager
    async def connected(self, application: str) -> AsyncIterator[None]:
        """What is done on the page goes to the application at this address."""
        async with self.workspace.people(f"{application}{ADDRESS}") as sender:
            self.page.sender = sender
            try:
                yield
            finally:
                self.page.sender = None


@asynccontextmanager
async def open_page(port: int) -> AsyncIterator[OpenPage]:
    """On this port, or on the next one that is free; 0: on any. Raises `Failed` when none is."""
    workspace = Workspace()
    workspace.rate_limits.enforced = True
    page = furnish(workspace.state)
    async with AsyncExitStack() as stack:
        last = port + MORE_PORTS if port else 0
        for attempt in range(port, last + 1):
            try:
                await stack.enter_async_context(workspace.running(attempt, page.add_to))
                break
            except OSError as problem:
                if attempt == last:
                    raise Failed(
                        f"The demo's page finds no free port from {port} to {last} ({problem.strerror}): set PORT to "
                        "another one."
                    ) from problem
        yield OpenPage(workspace, page)
