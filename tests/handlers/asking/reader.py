"""Reads histories in a process of its own, until it is killed or there is nothing left to read.

python -m tests.handlers.asking.reader DATABASE PROVIDER ADDRESS
"""

import asyncio
import sys
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from bot.demo.company.people import GITLAB_HOST
from handlers.asking.api import Api
from handlers.asking.backfilling import Backfiller
from storage.database import create_engine
from storage.migrate import ensure_organization
from tests.fakes.github.server import api_at
from tests.fakes.gitlab import World
from tests.handlers.asking.setting import apis_of
from tests.handlers.gitlab.setting import api_at as gitlab_at

WAITING = text("SELECT count(*) FROM history_readings WHERE state = 'waiting'")


def api_of(provider: str, address: str, organization_id: UUID) -> Api:
    if provider == "github":
        return api_at(address, "github.test", organization_id)
    return gitlab_at(address, GITLAB_HOST, organization_id, World.token)


async def read(database: str, provider: str, address: str) -> None:
    engine = create_engine(database)
    async with engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    api = api_of(provider, address, organization_id)
    stopping = asyncio.Event()
    # Whoever was killed holds a reading so long.
    backfiller = Backfiller(engine, apis_of(api), lease=timedelta(seconds=3), poll_seconds=0.2)
    work = asyncio.create_task(backfiller.run(stopping))
    while True:
        async with engine.connect() as connection:
            if not await connection.scalar(WAITING):
                break
        await asyncio.sleep(0.2)
    stopping.set()
    await work
    await api.close()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(read(*sys.argv[1:]))
