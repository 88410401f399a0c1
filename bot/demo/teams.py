"""Makes the sample company's teams, as `devmetrics team` does."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.demo.company.people import DEVELOPERS, REPOSITORIES, TEAMS
from storage.teams import add_member_to_team, add_repository_to_team, add_team

ACTOR = "demo"


async def make_teams(connection: AsyncConnection, organization_id: UUID) -> None:
    """Once their webhooks have named the repositories and the people. Doing it again changes nothing."""
    for team in TEAMS:
        await add_team(connection, organization_id, team.slug, team.name, ACTOR)
    for repository in REPOSITORIES:
        await add_repository_to_team(
            connection, organization_id, repository.team, repository.provider, repository.path, ACTOR
        )
    for person in DEVELOPERS:
        await add_member_to_team(connection, organization_id, person.team, person.email, ACTOR)
