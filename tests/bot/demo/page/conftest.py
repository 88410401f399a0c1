from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.teams import add_repository_to_team, add_team
from tests.bot.demo.page.opened import Opened, opened


@pytest.fixture
async def page(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> AsyncIterator[Opened]:
    """There is one team with one repository, which has no data yet."""
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", "test")
        await add_repository_to_team(connection, organization_id, "platform", "github", "acme/api", "test")
    async with opened(engine, organization_id, tmp_path) as here:
        yield here
