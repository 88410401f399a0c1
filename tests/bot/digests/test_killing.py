"""Five processes send the same digests and are killed at random points: each digest is in its channel once.

So are the details in its thread.

DEVMETRICS_DIGEST_ROUNDS sets how often (`make digests`: 200).
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from multiprocessing.context import ForkServerProcess
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.digests import DETAILS, DIGEST
from storage.models.digests import DigestRun
from tests.bot.digests.killing import Told, start
from tests.bot.digests.setting import MONDAY, Setting, setting

ROUNDS = int(os.environ.get("DEVMETRICS_DIGEST_ROUNDS", "2"))
PROCESSES = 5
CHANNELS = 4
# After so many attempts nobody is killed any more.
DANGEROUS_ATTEMPTS = 3
LONGEST_LIFE_SECONDS = 0.6


@pytest.fixture
async def here(engine: AsyncEngine, organization_id: UUID, request: pytest.FixtureRequest) -> AsyncIterator[Setting]:
    async with setting(engine, organization_id, history=request.param) as made:
        for number in range(CHANNELS - 1):
            await made.subscribe(made.workspace.state.add_channel(f"other-{number}", made.ana))
        yield made


@pytest.mark.parametrize("here", [True], indirect=True)
async def test_none_is_lost_and_none_comes_twice(here: Setting, database_url: str) -> None:
    told = Told(database_url, here.organization_id, here.workspace.bot_token, here.workspace.api_url, MONDAY)
    killed = 0
    for number in range(ROUNDS):
        killed += await run_round(here, told, random.Random(number))
        channels = [one for one in here.workspace.state.channels.values() if not one.direct]
        for messages in (here.posted, here.details):
            assert [len(messages(channel)) for channel in channels] == [1] * CHANNELS, f"round {number}"
        for kind in (DIGEST, DETAILS):
            assert [run.state for run in await here.runs(kind)] == ["sent"] * CHANNELS, f"round {number}"
        assert here.told() == []
    assert killed >= ROUNDS


@pytest.mark.parametrize("here", [False], indirect=True)
async def test_where_channels_may_not_be_read_none_comes_twice_and_each_doubt_is_recorded(
    here: Setting, database_url: str
) -> None:
    told = Told(database_url, here.organization_id, here.workspace.bot_token, here.workspace.api_url, MONDAY)
    for number in range(ROUNDS):
        await run_round(here, told, random.Random(number))
        channels = {one.id: one for one in here.workspace.state.channels.values() if not one.direct}
        async with here.engine.connect() as connection:
            states = {(row.channel_id, row.kind): row.state for row in await connection.execute(STATES)}
        assert {channel for channel, kind in states if kind == DIGEST} == {*channels}
        for (channel, kind), state in states.items():
            messages = (here.posted if kind == DIGEST else here.details)(channels[channel])
            assert len(messages) <= 1, f"round {number}"
            assert (len(messages), state) != (0, "sent"), f"round {number}"
            assert state in {"sent", "unknown"}, f"round {number}"
            # Details follow a digest that is known to be there, and no other.
            assert kind == DIGEST or states[channel, DIGEST] == "sent", f"round {number}"
        assert len(here.told()) <= sum(state == "unknown" for (_, kind), state in states.items() if kind == DIGEST)


STATES = sa.text(
    "SELECT channel_id, kind, state FROM digest_runs "
    "JOIN digest_subscriptions ON digest_subscriptions.id = subscription_id"
)


async def run_round(here: Setting, told: Told, chance: random.Random) -> int:
    """From nothing to every digest's end. How many processes were killed."""
    here.workspace.state.messages.clear()
    async with here.engine.begin() as connection:
        await connection.execute(sa.delete(DigestRun))
    killed, attempt = 0, 0
    while True:
        attempt += 1
        processes = [await asyncio.to_thread(start, told) for _ in range(PROCESSES)]
        if attempt <= DANGEROUS_ATTEMPTS:
            killed += sum(await asyncio.gather(*(kill(process, here, chance) for process in processes)))
        for process in processes:
            await asyncio.to_thread(process.join)
            process.close()
        # What was on its way arrives.
        await asyncio.sleep(0.1)
        runs, details = await here.runs(DIGEST), await here.runs(DETAILS)
        if len(runs) == CHANNELS and all(run.claimed_until is None for run in [*runs, *details]):
            return killed
        assert attempt < 3 * DANGEROUS_ATTEMPTS, "it never ends"
        await here.let_time_pass()


async def kill(process: ForkServerProcess, here: Setting, chance: random.Random) -> bool:
    """After a random while, or just when Slack is asked something."""
    if chance.random() < 0.2:
        return False
    asked = len(here.workspace.web_api.calls) + chance.randint(1, 2 * CHANNELS)
    for _ in range(round(chance.uniform(0, LONGEST_LIFE_SECONDS) * 1000)):
        if len(here.workspace.web_api.calls) >= asked:
            break
        await asyncio.sleep(0.001)
    alive = process.is_alive()
    process.kill()
    return alive
