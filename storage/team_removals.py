"""What a person takes from teams by hand: it is audited, and neither an event nor a synchronization brings it back.

Adding it by hand does.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.facts.locks import lock_new_things
from storage.models.organizations import (
    RemovedMember,
    RemovedRepository,
    Team,
    TeamMember,
    TeamRepository,
    TeamService,
)
from storage.people import ListedPerson, PersonProblem, find_person
from storage.repositories import find_repository
from storage.teams import TeamProblem, find_team, owned


async def remove_team(connection: AsyncConnection, organization_id: UUID, slug: str, actor: str) -> UUID:
    """Nobody is answered with it any more, and its digests and limits rest. Returns its id. Raises `Refused`."""
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, slug)
    removed = await connection.execute(
        update(Team)
        .where(Team.id == team_id)
        .values(deleted_at=func.now(), removed_by=actor)
        .returning(Team.name, Team.added_by)
    )
    await audit(connection, organization_id, actor, "team.remove", slug, dict(removed.one()._mapping), None)
    return team_id


async def remove_repository_from_team(
    connection: AsyncConnection, organization_id: UUID, team_slug: str, provider: str, path: str, actor: str
) -> UUID:
    """With its services. Returns the repository's id. Raises `Refused`."""
    await lock_new_things(connection)
    team_id, repository_id, known = await find_both(connection, organization_id, team_slug, provider, path)
    before: dict[str, Any] = {"provider": provider, "path": known}
    whole = await connection.scalar(
        delete(TeamRepository).where(*owned(TeamRepository, team_id, repository_id)).returning(TeamRepository.added_by)
    )
    parts = delete(TeamService).where(*owned(TeamService, team_id, repository_id)).returning(TeamService.service)
    if services := sorted(await connection.scalars(parts)):
        before["services"] = services
    if whole is None and not services:
        raise TeamProblem(f"Team {team_slug} does not own {known}. {how_to_see(team_slug)}")
    await connection.execute(
        upsert(RemovedRepository)
        .values(team_id=team_id, repository_id=repository_id, removed_by=actor)
        .on_conflict_do_nothing()
    )
    told = {**before, "added_by": whole} if whole else before
    await audit(connection, organization_id, actor, "team.remove_repository", team_slug, told, None)
    return repository_id


async def remove_service_from_team(
    connection: AsyncConnection,
    organization_id: UUID,
    team_slug: str,
    provider: str,
    path: str,
    service: str,
    actor: str,
) -> UUID:
    """A repository that its provider gave the team is the team's as a whole again when no service is left. Returns the
    repository's id. Raises `Refused`."""
    await lock_new_things(connection)
    team_id, repository_id, known = await find_both(connection, organization_id, team_slug, provider, path)
    of = (*owned(TeamService, team_id, repository_id), func.lower(TeamService.service) == service.lower())
    removed = await connection.scalar(delete(TeamService).where(*of).returning(TeamService.service))
    if removed is None:
        raise TeamProblem(f"Team {team_slug} does not own the service {service!r} of {known}. {how_to_see(team_slug)}")
    before = {"provider": provider, "path": known, "service": removed}
    await audit(connection, organization_id, actor, "team.remove_service", team_slug, before, None)
    return repository_id


async def remove_member_from_team(
    connection: AsyncConnection, organization_id: UUID, team_slug: str, person: str, actor: str
) -> ListedPerson:
    """By e-mail address, username, name or id, as the team has them. Raises `Refused`."""
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, team_slug)
    try:
        found = await find_person(connection, person, team_id)
    except PersonProblem as problem:
        raise TeamProblem(f"In team {team_slug}: {problem} {how_to_see(team_slug)}") from problem
    member = (TeamMember.team_id == team_id, TeamMember.developer_id == found.id)
    left = await connection.execute(delete(TeamMember).where(*member).returning(TeamMember.role, TeamMember.added_by))
    await connection.execute(
        upsert(RemovedMember).values(team_id=team_id, developer_id=found.id, removed_by=actor).on_conflict_do_nothing()
    )
    before = {"person": person.strip(), **left.one()._mapping}
    await audit(connection, organization_id, actor, "team.remove_member", team_slug, before, None)
    return found


async def find_both(
    connection: AsyncConnection, organization_id: UUID, team_slug: str, provider: str, path: str
) -> tuple[UUID, UUID, str]:
    """The team's id, the repository's, and its path as it is written."""
    team_id = await find_team(connection, organization_id, team_slug)
    found = await find_repository(connection, organization_id, provider, path)
    if found is None:
        raise TeamProblem(f"There is no repository {path!r} of {provider}. {how_to_see(team_slug)}")
    return team_id, *found


def how_to_see(team_slug: str) -> str:
    return f"`devmetrics team show {team_slug}` shows what it has."
