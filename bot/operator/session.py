"""The database for one command-line word: started or attached, and migrated, for as long as the word runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.settings import Settings, load_settings
from storage.database import create_engine, normalize_url
from storage.embedded import embedded_postgresql
from storage.migrate import ensure_organization, migrate

Result = TypeVar("Result")


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[URL]:
    """The address of the configured database; without one, of the embedded one, started if it is not running."""
    if settings.database_url is not None:
        yield normalize_url(settings.database_url.get_secret_value())
    else:
        async with embedded_postgresql(settings.data_dir) as url:
            yield normalize_url(url)


@asynccontextmanager
async def connected(settings: Settings, *, pool_size: int = 5) -> AsyncIterator[AsyncEngine]:
    """An engine on the migrated database."""
    async with database(settings) as url:
        await migrate(url)
        engine = create_engine(url, pool_size=pool_size)
        try:
            yield engine
        finally:
            await engine.dispose()


@asynccontextmanager
async def acting(
    settings: Settings | None = None, *, also_removed: bool = False
) -> AsyncIterator[tuple[AsyncConnection, UUID]]:
    """A transaction, and the organization it is for (ORGANIZATION). Committed at the end."""
    settings = settings or load_settings()
    async with connected(settings, pool_size=1) as engine, engine.begin() as connection:
        yield connection, await ensure_organization(connection, settings.organization, also_removed=also_removed)


def act(work: Callable[[AsyncConnection, UUID], Awaitable[Result]]) -> Result:
    """Do this in such a transaction."""

    async def run() -> Result:
        async with acting() as (connection, organization_id):
            return await work(connection, organization_id)

    return asyncio.run(run())


def act_for_all(work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    """The same in the name of no organization."""

    async def run() -> Result:
        async with connected(load_settings(), pool_size=1) as engine, engine.begin() as connection:
            return await work(connection)

    return asyncio.run(run())
