from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.github_setup.place import Place, placed


@pytest.fixture
async def place(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Place]:
    async with placed(engine, organization_id) as here:
        yield here
