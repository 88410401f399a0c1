"""How fast stored deliveries are processed, and how much memory that takes."""

import asyncio
import os

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.benchmarks.doors import check
from tests.benchmarks.load import Load, new_load
from tests.benchmarks.processes import client, free_port, resident_megabytes, running, watching
from tests.benchmarks.setting import CONNECTIONS, DELIVERIES, Setting, judge, say

TARGET_PER_SECOND, TARGET_MEGABYTES = 2000.0, 200.0
# What the client prepares at once: it holds it in memory.
CHUNK = 5000


async def store_load(setting: Setting) -> Load:
    """Store the large load through the door."""
    load = new_load("large", DELIVERIES, setting.secret)
    port, seconds = free_port(), 0.0
    environment = setting.environment(port)
    async with running("bot", "serve", "--only", "web", port=port, environment=environment), client() as sender:
        for first in range(0, DELIVERIES, CHUNK):
            count = min(CHUNK, DELIVERIES - first)
            await sender.prepare(load, port, first=first, count=count, connections=CONNECTIONS)
            seconds += check(await sender.go()).seconds
    say(f"  stored at {DELIVERIES / seconds:,.0f} per second")
    return load


async def measure_processing(setting: Setting) -> None:
    """Let `serve` work off what is stored."""
    port, peak = free_port(), 0.0
    environment = setting.environment(port)
    async with running("bot", "serve", "--only", "web,worker", port=port, environment=environment) as process:
        with watching(application=process.pid, postgresql=setting.server) as usage:
            while await pending(setting.engine):
                peak = max(peak, resident_megabytes(process.pid))
                await asyncio.sleep(0.5)
        after = resident_megabytes(process.pid)
    async with setting.engine.connect() as connection:
        # The first batch's time holds the start of the program.
        row = (await connection.execute(text(PROCESSED))).one()
        states = [f"{state}: {count}" for state, count in await connection.execute(text(STATES))]
    rate = row.count / max(row.seconds, 1e-9)
    judge("  processed per second", rate, TARGET_PER_SECOND, "", at_least=True)
    say(f"    processors: {usage.per(DELIVERIES)}\n    bottleneck: {usage.bottleneck(DELIVERIES)}")
    say(f"    deliveries {', '.join(states)}; load of the machine afterwards: {os.getloadavg()[0]:.1f}")
    judge("  resident memory of the process, after the load", after, TARGET_MEGABYTES, " MB")
    judge("  resident memory of the process, at its peak", peak, TARGET_MEGABYTES, " MB")


STATES = "SELECT state, count(*) FROM webhook_deliveries GROUP BY state ORDER BY state"
PROCESSED = """
WITH bounds AS (SELECT min(processed_at) AS first, max(processed_at) AS last FROM webhook_deliveries)
SELECT count(*) FILTER (WHERE processed_at > first) AS count, extract(epoch FROM max(last) - min(first)) AS seconds
FROM webhook_deliveries, bounds
"""


async def pending(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        query = "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE state = 'pending')"
        return bool((await connection.execute(text(query))).scalar_one())
