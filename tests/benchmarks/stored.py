"""How long `team platform 30d` takes when the team's own repositories have stored 100,000 pull requests."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.database import create_engine
from storage.migrate import ensure_organization, migrate
from tests.benchmarks.answers import measure_question
from tests.benchmarks.scale.loading import Size, load, settle
from tests.benchmarks.setting import Setting, say

REPOSITORIES = 10
YEAR = Size(days=365, changes=10_000, deployments=2_000)
TARGET_MILLISECONDS = 100.0


async def measure_stored(setting: Setting) -> None:
    """In a database of its own on the same server: a year, in which one team did it all."""
    now = datetime.now(UTC)
    async with fresh_database(sa.make_url(setting.url)) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, "default")
        await load(engine, organization_id, REPOSITORIES, REPOSITORIES, now, YEAR)
        await settle(engine)
        changes, deployments = REPOSITORIES * YEAR.changes, REPOSITORIES * YEAR.deployments
        say(f"  {changes:,} pull requests and {deployments:,} deployments of {REPOSITORIES} repositories in a year")
        await measure_question(setting, engine, organization_id, "team platform 30d", TARGET_MILLISECONDS)


@contextlib.asynccontextmanager
async def fresh_database(server: sa.URL) -> AsyncIterator[AsyncEngine]:
    """With all tables, on this server, until the end of the block."""
    name = "devmetrics_stored"
    maker = create_engine(server, pool_size=1)
    try:
        async with maker.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(sa.text(f"CREATE DATABASE {name}"))
            engine = create_engine(server.set(database=name))
            try:
                await migrate(engine.url)
                yield engine
            finally:
                await engine.dispose()
                await alone.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await maker.dispose()
