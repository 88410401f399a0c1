from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.slack.place import Place, place


@pytest.fixture
async def slack(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> AsyncIterator[Place]:
    """A workspace with the application in it, and an empty database."""
    async with place(engine, organization_id, tmp_path) as here:
        yield here
