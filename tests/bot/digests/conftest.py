from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.digests.setting import Setting, setting
from tests.reports.filling import Filling


@pytest.fixture
async def here(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Setting]:
    async with setting(engine, organization_id) as made:
        yield made


@pytest.fixture
async def without_history(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Setting]:
    """devmetrics may post in the channel, but not read it."""
    async with setting(engine, organization_id, history=False) as made:
        yield made


@pytest.fixture
async def filling(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Filling]:
    """Writes rows on one connection, on which the test also reads; nothing is committed."""
    async with engine.connect() as connection:
        yield Filling(connection, organization_id)
