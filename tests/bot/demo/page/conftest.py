from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.models.organizations import Team
from tests.bot.demo.page.opened import Opened, opened


@pytest.fixture
async def page(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> AsyncIterator[Opened]:
    """There is one team, which has no data yet."""
    async with engine.begin() as connection:
        await connection.execute(insert(Team).values(organization_id=organization_id, slug="platform", name="Platform"))
    async with opened(engine, organization_id, tmp_path) as here:
        yield here
