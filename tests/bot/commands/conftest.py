from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import CommandContext
from storage.models.organizations import Team
from storage.models.repositories import Repository

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TEAMS = {"platform": "Platform", "payments": "Payments"}
PATHS = ("acme/api", "acme/web", "other/web")


@pytest.fixture
async def context(engine: AsyncEngine, organization_id: UUID) -> CommandContext:
    """Two teams that own nothing, three repositories without history."""
    teams = [{"organization_id": organization_id, "slug": slug, "name": name} for slug, name in TEAMS.items()]
    repositories = [
        {"organization_id": organization_id, "provider": "github", "name": path, "path": path} for path in PATHS
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(Team), teams)
        await connection.execute(insert(Repository), repositories)
    return CommandContext(engine, organization_id, NOW)
