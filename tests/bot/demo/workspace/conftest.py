from collections.abc import AsyncIterator

import pytest

from bot.demo.workspace.server import Workspace


class Clock:
    """The workspace's clock, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(clock: Clock) -> AsyncIterator[Workspace]:
    async with Workspace(clock).running() as workspace:
        yield workspace
