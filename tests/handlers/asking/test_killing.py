"""A backfill that is killed at random moments gives what an undisturbed one gives, and what webhooks would have told.

DEVMETRICS_BACKFILL_REPOSITORIES, _DAYS and _KILLS set the size (`make backfill`: 50, 89 and 10).
"""

import asyncio
import os
import random
import sys
import time
from math import ceil
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.fakes.github.server import FakeGitHub, api_of, serving
from tests.fakes.github.telling import grow
from tests.fakes.github.world import Repository, World
from tests.handlers.asking.comparing import differences, facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import SINCE, enrich, introduce, rows, steps_of, tell

REPOSITORIES = int(os.environ.get("DEVMETRICS_BACKFILL_REPOSITORIES", "50"))
DAYS = int(os.environ.get("DEVMETRICS_BACKFILL_DAYS", "89"))
KILLS = int(os.environ.get("DEVMETRICS_BACKFILL_KILLS", "10"))
ROOT = Path(__file__).parents[3]
# As much at once as fits into memory beside the rest.
TOLD_AT_ONCE = 5000


def least_calls(repository: Repository) -> int:
    """With a hundred things in every call, and none that tells nothing new."""
    line = repository.line(repository.head)
    things = (line, repository.pull_requests, repository.comments, repository.moves, repository.issues)
    pages = [max(1, ceil(len(thing) / 100)) for thing in things]
    return sum(pages) + 2 * max(1, ceil(len(repository.deployments) / 100))


async def start(engine: AsyncEngine, github: FakeGitHub) -> asyncio.subprocess.Process:
    database = engine.url.render_as_string(hide_password=False)
    words = ("-m", "tests.handlers.asking.reader", database, github.url)
    return await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)


@pytest.mark.slow
async def test_killed_at_random_it_ends_as_undisturbed_and_as_told_by_webhooks(
    engine: AsyncEngine, organization_id: UUID, another: Another, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    told = grow(world, REPOSITORIES, SINCE, DAYS)
    killed, its_organization = await another()
    heard, their_organization = await another()
    async with serving(world) as github:
        await introduce(engine, organization_id, world, since=SINCE)
        started = time.monotonic()
        undisturbed = await start(engine, github)
        assert await undisturbed.wait() == 0
        took = time.monotonic() - started
        calls = github.asked()
        assert await rows(engine, "SELECT DISTINCT state, reason FROM history_readings") == [("done", None)]

        await introduce(killed, its_organization, world, since=SINCE)
        steps = await steps_of(engine)
        for place in sorted(random.sample(range(1, steps), KILLS)):
            process = await start(killed, github)
            while await steps_of(killed) < place and process.returncode is None:  # noqa: ASYNC110 (another process's progress)
                await asyncio.sleep(random.uniform(0.005, 0.05))
            if process.returncode is None:
                process.kill()
            await process.wait()
        last = await start(killed, github)
        assert await last.wait() == 0
        all_calls = github.asked() - calls

        for place in range(0, len(told), TOLD_AT_ONCE):
            await tell(heard, their_organization, told[place : place + TOLD_AT_ONCE], "github.test")
        api = api_of(github, their_organization)
        await enrich(heard, api)
        await api.close()
    read = await facts(engine)
    assert differences(read, await facts(killed)) == {}
    assert differences(read, await facts(heard)) == {}
    least = sum(map(least_calls, world.repositories.values()))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{REPOSITORIES} repositories, {DAYS} days, {len(told):,} webhooks' worth: {calls} calls in {took:.0f} s "
            f"(the least possible: {least}); killed {KILLS} times: {all_calls} calls.\n"
        )
    assert calls <= 2 * least
