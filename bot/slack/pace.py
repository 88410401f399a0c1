"""No faster than Slack takes messages."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf

from bot.slack.limits import CHANNEL_SECONDS, WORKSPACE_SECONDS


class Pace:
    """Of one workspace. Other processes are not known here: what they bring about is Slack's 429."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._workspace = -inf
        self._channels: defaultdict[str, float] = defaultdict(lambda: -inf)
        # Who waits for a busy channel keeps nobody else waiting.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def turn(self, channel: str) -> AsyncIterator[None]:
        """The one message that may go to this channel now. The next one's turn comes a second after this one ended: in
        between it may reach Slack at any time."""
        async with self._turns[channel]:
            await self._until(self._channels[channel] + CHANNEL_SECONDS)
            mine = max(self._clock(), self._workspace + WORKSPACE_SECONDS)
            self._workspace = mine
            await self._until(mine)
            try:
                yield
            finally:
                self._channels[channel] = self._clock()

    async def pause(self, seconds: float) -> None:
        await self._sleep(seconds)

    async def _until(self, moment: float) -> None:
        if (seconds := moment - self._clock()) > 0:
            await self._sleep(seconds)
