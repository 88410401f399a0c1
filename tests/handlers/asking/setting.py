"""A database beside a local GitHub, and who asks it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.api import Api, Step
from handlers.asking.apis import Apis, Wanted
from handlers.asking.backfilling import Backfiller
from handlers.asking.enriching import Enricher
from handlers.asking.writing import write_and_link
from handlers.reading import read_delivery
from storage.linking.settings import Service
from storage.records import HistoryRequest, Record, RepositoryKey
from storage.records import Repository as RepositoryRecord
from storage.repository_settings import SettingsChange, change_settings, set_service
from tests.fakes.github.telling import Told
from tests.fakes.github.world import World

# Nothing of what tests tell is older.
SINCE = datetime.now(UTC).replace(microsecond=0) - timedelta(days=89)


def apis_of(*apis: Api) -> Apis:
    """Only these."""

    async def find() -> Wanted:
        return {api.place: (None, lambda api=api: api) for api in apis}  # type: ignore[misc]  # (mypy infers no default of a lambda)

    return Apis(find)


def one_step_of(api: Api, stopping: asyncio.Event) -> Api:
    """Tells its user to stop after the first step of a history, and is closed then."""
    return cast(Api, _OneStep(api, stopping))


class _OneStep:
    def __init__(self, api: Api, stopping: asyncio.Event) -> None:
        self.place = api.place
        self._api = api
        self._stopping = stopping

    async def read_history(self, *asked: Any) -> Step:
        self._stopping.set()
        try:
            return await self._api.read_history(*asked)
        finally:
            await self._api.close()


async def introduce(engine: AsyncEngine, organization_id: UUID, world: World, *, since: datetime | None = None) -> None:
    """As an installation does: its repositories are known, and their histories wanted."""
    host = world.web.partition("://")[2]
    records: list[Record] = []
    for repository in world.repositories.values():
        key = RepositoryKey("github", host, str(repository.id))
        records += [RepositoryRecord(key, repository.path, None, None, None), HistoryRequest(key, since)]
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, records, link_now=True)


async def choose_sources(engine: AsyncEngine, organization_id: UUID, world: World) -> None:
    """As an administrator says what deployments are."""
    for repository in world.repositories.values():
        if repository.source == "branch":
            # What it is deployed from, no setting says.
            continue
        if repository.source == "paths":
            for name in ("api", "web"):
                service = Service(name, paths=(f"services/{name}/**",))
                async with engine.begin() as connection:
                    await set_service(connection, organization_id, "github", repository.path, service, "somebody")
            continue
        workflows = ("Deploy",) if repository.source == "workflow" else None
        change = SettingsChange(source=repository.source, workflows=workflows)
        async with engine.begin() as connection:
            await change_settings(connection, organization_id, "github", repository.path, change, "somebody")


async def backfill(engine: AsyncEngine, *apis: Api, **options: Any) -> None:
    """Until nothing is due."""
    backfiller = Backfiller(engine, apis_of(*apis), **options)
    while await backfiller.work(asyncio.Event()):
        pass


async def enrich(engine: AsyncEngine, *apis: Api) -> None:
    enricher = Enricher(engine, apis_of(*apis), settling=timedelta())
    while await enricher.work():
        pass


async def tell(engine: AsyncEngine, organization_id: UUID, told: Sequence[Told], host: str) -> None:
    """As webhooks, through the handlers and the same writing as the worker's."""
    records: list[Record] = []
    for one in told:
        records += read_told(one, host)
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, records, link_now=True)


def read_told(told: Told, host: str) -> list[Record]:
    return read_delivery("github", told.event, msgspec.json.encode(told.body), told.at, host=host)


async def rows(engine: AsyncEngine, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement), values)]


async def steps_of(engine: AsyncEngine) -> int:
    """Of all readings together."""
    return int((await rows(engine, "SELECT coalesce(sum(steps), 0) FROM history_readings"))[0][0])
