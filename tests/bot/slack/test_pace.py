"""Messages go out as fast as Slack takes them, and no faster."""

import asyncio
import itertools

from bot.slack.limits import CHANNEL_SECONDS, WORKSPACE_SECONDS
from bot.slack.pace import Pace


class Clock:
    """Time jumps to the next moment at which somebody wakes up."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        awake = asyncio.Event()
        self._sleepers.append((self.now + seconds, awake))
        await awake.wait()

    async def run(self, *work: asyncio.Task[None]) -> None:
        while not all(task.done() for task in work):
            for _ in range(len(work) + 5):
                await asyncio.sleep(0)
            if self._sleepers:
                self._sleepers.sort(key=lambda sleeper: sleeper[0])
                self.now, awake = self._sleepers.pop(0)
                awake.set()


async def sent(channels: list[str], under_way: float = 0) -> list[tuple[str, float]]:
    """When each message was sent; Slack's answer takes `under_way` seconds."""
    clock, times = Clock(), list[tuple[str, float]]()
    pace = Pace(clock, clock.sleep)

    async def send(channel: str) -> None:
        async with pace.turn(channel):
            times.append((channel, clock.now))
            if under_way:
                await clock.sleep(under_way)

    await clock.run(*(asyncio.create_task(send(channel)) for channel in channels))
    return times


async def test_one_message_a_second_to_a_channel() -> None:
    moments = [moment for _, moment in await sent(["C1"] * 5)]
    assert moments == [0, CHANNEL_SECONDS, 2 * CHANNEL_SECONDS, 3 * CHANNEL_SECONDS, 4 * CHANNEL_SECONDS]


async def test_the_second_begins_when_the_message_has_certainly_reached_slack() -> None:
    """It may have been under way for as long as its answer."""
    assert [moment for _, moment in await sent(["C1"] * 3, under_way=0.5)] == [0, 1.5, 3]


async def test_five_hundred_channels_take_two_minutes_and_a_busy_one_keeps_none_waiting() -> None:
    times = await sent(["busy"] * 60 + [f"C{number}" for number in range(500)])
    others = [moment for channel, moment in times if channel != "busy"]
    busy = [moment for channel, moment in times if channel == "busy"]
    everything = sorted(moment for _, moment in times)
    assert max(everything) < 600
    assert max(others) <= 560 * WORKSPACE_SECONDS
    assert all(later - earlier >= CHANNEL_SECONDS for earlier, later in itertools.pairwise(busy))
    assert all(later - earlier >= WORKSPACE_SECONDS - 1e-9 for earlier, later in itertools.pairwise(everything))
