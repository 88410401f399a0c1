from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.reports.filling import Filling


@pytest.fixture
async def filling(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Filling]:
    """Writes rows on one connection, on which the test also reads; nothing is committed."""
    async with engine.connect() as connection:
        yield Filling(connection, organization_id)
