"""APIs are made anew when what they are made of changed, and work that is under way ends with the one it began with."""

import asyncio
from datetime import timedelta
from itertools import count
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.apis import Apis, Wanted
from handlers.asking.backfilling import Backfiller
from tests.fakes.gitlab import World, fake_gitlab
from tests.fakes.gitlab.telling import grow
from tests.handlers.asking.setting import SINCE, rows
from tests.handlers.gitlab.setting import api_at, want_histories
from tests.patience import SECONDS

HOST = "gitlab.test"
STATES = "SELECT state, attempts, reason FROM history_readings"


async def test_a_secret_that_changes_while_a_history_is_read_fails_no_call(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, SINCE, SINCE + timedelta(days=5))
    world.delay = 0.02
    await want_histories(engine, organization_id, world, HOST, SINCE)
    secrets = count()
    async with fake_gitlab(world) as gitlab:

        async def find() -> Wanted:
            api = api_at(gitlab.url, HOST, organization_id, world.token)
            return {api.place: (next(secrets), lambda: api)}

        apis = Apis(find, remembered_seconds=0)
        stopping = asyncio.Event()
        reading = asyncio.create_task(Backfiller(engine, apis, poll_seconds=0.01).run(stopping))
        async with asyncio.timeout(SECONDS):
            while (await rows(engine, STATES))[0][0] == "waiting":  # noqa: ASYNC110 (what is written)
                await asyncio.sleep(0.02)
        stopping.set()
        await reading
        await apis.close()
    assert await rows(engine, STATES) == [("done", 0, None)]
    assert next(secrets) > 5
