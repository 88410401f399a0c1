"""Whoever reads a history has it until they end, or are gone."""

import asyncio
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.api import Api, Step
from handlers.asking.backfilling import Backfiller
from tests.fakes.github.server import api_of, serving
from tests.fakes.github.telling import grow
from tests.fakes.github.world import World
from tests.handlers.asking.setting import SINCE, apis_of, introduce, rows
from tests.patience import SECONDS

LEASE = timedelta(seconds=0.3)


class Slow:
    """Its first step lasts until it is told to go on."""

    def __init__(self, api: Api) -> None:
        self.place = api.place
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()
        self._api = api

    async def read_history(self, *asked: Any) -> Step:
        self.reading.set()
        await self.go_on.wait()
        return await self._api.read_history(*asked)


async def test_a_step_that_lasts_longer_than_the_lease_is_nobody_elses(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, SINCE, 3)
    async with serving(world) as github:
        api = api_of(github, organization_id)
        slow = Slow(api)
        await introduce(engine, organization_id, world, since=SINCE)
        work = asyncio.create_task(Backfiller(engine, apis_of(cast(Api, slow)), lease=LEASE).work(asyncio.Event()))
        await asyncio.wait_for(slow.reading.wait(), SECONDS)
        await asyncio.sleep(4 * LEASE.total_seconds())
        assert not await Backfiller(engine, apis_of(api), lease=LEASE).work(asyncio.Event())
        slow.go_on.set()
        assert await work
        await api.close()
    assert await rows(engine, "SELECT state FROM history_readings") == [("done",)]
