"""Makes the sample company's teams."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection


async def make_teams(connection: AsyncConnection, organization_id: UUID) -> None:
    """As `devmetrics team add` and `team add-repo` do."""
