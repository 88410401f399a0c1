"""Who asks providers makes way for live deliveries: what waits in the queue comes first."""

import asyncio
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# A delivery that waits this long shows that the worker has more to do than it can.
LATE = timedelta(seconds=2)
PAUSE_SECONDS = 0.5
# Under a load that never ends, asking goes on all the same, slowly.
LONGEST_SECONDS = 30.0

WAITING = text(
    "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE state = 'pending' AND next_attempt_at <= now() - "
    "CAST(:late AS interval))"
)


async def make_way(engine: AsyncEngine, stopping: asyncio.Event) -> None:
    """Return when no delivery waits, or after half a minute."""
    for _ in range(int(LONGEST_SECONDS / PAUSE_SECONDS)):
        async with engine.connect() as connection:
            if stopping.is_set() or not await connection.scalar(WAITING, {"late": LATE}):
                return
        await pause(stopping, PAUSE_SECONDS)


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """So long, or until told to stop."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
