"""How fast deliveries are answered 202: a bare handler that stores nothing, and ours."""

from sqlalchemy import text

from tests.benchmarks.load import new_load
from tests.benchmarks.processes import Client, Sent, client, free_port, resident_megabytes, running, watching
from tests.benchmarks.setting import CONNECTIONS, REQUESTS, Setting, judge, say

WARM_UP = 500
ROUNDS = 3
TARGET_RATIO = 0.5


async def measure_doors(setting: Setting) -> None:
    """Print deliveries per second, and the ratio."""
    say(f"\nDeliveries per second, answered 202 ({REQUESTS} each, {CONNECTIONS} connections, best of {ROUNDS})")
    bare = await bare_door(setting, "uvloop")
    plain = await bare_door(setting, "asyncio")
    stored = await own_door(setting, "web")
    busy = await own_door(setting, "web,worker")
    judge("  ours beside bare, both on uvloop", stored / bare, TARGET_RATIO, "", at_least=True)
    say(f"  with the worker on: {busy / bare:.2f}; beside bare on asyncio's own loop: {stored / plain:.2f}")
    async with setting.engine.begin() as connection:
        await connection.execute(text("TRUNCATE webhook_deliveries"))


async def bare_door(setting: Setting, loop: str) -> float:
    """aiohttp and gidgethub alone."""
    port = free_port()
    async with (
        running("tests.benchmarks.bare", str(port), setting.secret, loop, port=port) as process,
        client() as sender,
    ):
        return await door(setting, sender, port, process.pid, f"bare, {loop}", f"bare-{loop}")


async def own_door(setting: Setting, parts: str) -> float:
    """`devmetrics serve`."""
    port = free_port()
    environment = setting.environment(port)
    async with (
        running("bot", "serve", "--only", parts, port=port, environment=environment) as process,
        client() as sender,
    ):
        rate = await door(setting, sender, port, process.pid, f"devmetrics, {parts}", "own-" + parts.replace(",", "-"))
        say(f"    resident memory of the process: {resident_megabytes(process.pid):.0f} MB")
        return rate


async def door(setting: Setting, sender: Client, port: int, server: int, name: str, run: str) -> float:
    """The best of some rounds; every answer has to be 202."""
    best, total = 0.0, WARM_UP + ROUNDS * REQUESTS
    load = new_load(run, total, setting.secret)
    await sender.prepare(load, port, first=0, count=WARM_UP, connections=CONNECTIONS)
    check(await sender.go())
    for place in range(ROUNDS):
        first = WARM_UP + place * REQUESTS
        await sender.prepare(load, port, first=first, count=REQUESTS, connections=CONNECTIONS)
        with watching(application=server, client=sender.pid, postgresql=setting.server) as usage:
            sent = check(await sender.go())
        if sent.per_second > best:
            best, shares = sent.per_second, f"{usage.per(REQUESTS)}\n    bottleneck: {usage.bottleneck(REQUESTS)}"
    say(f"  {name}: {best:,.0f}\n    processors: {shares}")
    return best


def check(sent: Sent) -> Sent:
    """Only 202 counts."""
    if set(sent.statuses) != {"202"}:
        raise RuntimeError(f"answers other than 202: {sent.statuses}")
    return sent
