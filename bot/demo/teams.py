"""Makes the sample company's teams."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demo.company.people import REPOSITORIES, TEAMS
from storage.models.organizations import Team, TeamRepository
from storage.models.repositories import Repository


async def make_teams(connection: AsyncConnection, organization_id: UUID) -> None:
    """As `devmetrics team add` and `team add-repo` do."""
    teams = [
        {"organization_id": organization_id, "slug": team.slug, "name": team.name, "added_by": "person"}
        for team in TEAMS
    ]
    await connection.execute(insert(Team).values(teams).on_conflict_do_nothing())
    owned = sa.values(sa.column("slug", sa.String), sa.column("path", sa.String), name="owned").data(
        [(repository.team, repository.path) for repository in REPOSITORIES]
    )
    rows = (
        sa.select(Team.id, Repository.id, sa.literal("person"))
        .select_from(owned)
        .join(Team, sa.and_(Team.slug == owned.c.slug, Team.organization_id == organization_id))
        .join(Repository, sa.and_(Repository.path == owned.c.path, Repository.organization_id == organization_id))
    )
    await connection.execute(
        insert(TeamRepository).from_select(["team_id", "repository_id", "added_by"], rows).on_conflict_do_nothing()
    )
