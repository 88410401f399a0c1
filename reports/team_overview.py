"""What a team owns, who is in it, and who said so: for whoever changes it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.scope import owned_whole
from storage.models.organizations import (
    Organization,
    RemovedMember,
    RemovedRepository,
    Team,
    TeamMember,
    TeamRepository,
    TeamService,
    TeamSettings,
)
from storage.models.repositories import Repository
from storage.people import ListedPerson, read_people
from storage.teams import BY_HAND


@dataclass(frozen=True, slots=True)
class Owned:
    provider: str
    path: str
    # Empty: the whole repository.
    service: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Member:
    person: ListedPerson
    role: str
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Removed:
    """By hand: only a hand brings it back."""

    # A repository's provider and path, or a person.
    what: tuple[str, str] | ListedPerson
    at: datetime
    # As in audit_logs.
    by: str


@dataclass(frozen=True, slots=True)
class TeamOverview:
    slug: str
    name: str
    # IANA name: the team's own, else its organization's.
    timezone: str
    # None: it was made by hand, and no provider has it.
    provider: str | None
    owned: tuple[Owned, ...]
    members: tuple[Member, ...]
    removed: tuple[Removed, ...]


async def team_overview(connection: AsyncConnection, team_id: UUID) -> TeamOverview:
    team = (
        await connection.execute(
            sa.select(
                Team.slug,
                Team.name,
                sa.func.coalesce(TeamSettings.timezone, Organization.timezone).label("timezone"),
                Team.provider,
            )
            .join(Organization, Organization.id == Team.organization_id)
            .outerjoin(TeamSettings, TeamSettings.team_id == Team.id)
            .where(Team.id == team_id)
        )
    ).one()
    owned, members = await _owned(connection, team_id), await _members(connection, team_id)
    return TeamOverview(**team._mapping, owned=owned, members=members, removed=await _removed(connection, team_id))


async def _owned(connection: AsyncConnection, team_id: UUID) -> tuple[Owned, ...]:
    """As the numbers take it."""
    places = (Repository.provider, Repository.path)
    whole = sa.select(*places, sa.literal(""), TeamRepository.added_by == BY_HAND).join_from(TeamRepository, Repository)
    parts = sa.select(*places, TeamService.service, sa.true()).join_from(TeamService, Repository)
    rows = await connection.execute(
        sa.union_all(whole.where(*owned_whole(team_id)), parts.where(TeamService.team_id == team_id)).order_by(
            sa.text("1, 2, 3")
        )
    )
    return tuple(Owned(*row) for row in rows)


async def _members(connection: AsyncConnection, team_id: UUID) -> tuple[Member, ...]:
    told = sa.select(TeamMember.developer_id, TeamMember.role, TeamMember.added_by).where(TeamMember.team_id == team_id)
    by_id = {row.developer_id: row for row in await connection.execute(told)}
    people = await read_people(connection, list(by_id))
    return tuple(Member(one, by_id[one.id].role, by_id[one.id].added_by == BY_HAND) for one in people)


async def _removed(connection: AsyncConnection, team_id: UUID) -> tuple[Removed, ...]:
    repositories = await connection.execute(
        sa.select(Repository.provider, Repository.path, RemovedRepository.removed_at, RemovedRepository.removed_by)
        .join_from(RemovedRepository, Repository)
        .where(RemovedRepository.team_id == team_id)
        .order_by(Repository.provider, Repository.path)
    )
    told = sa.select(RemovedMember.developer_id, RemovedMember.removed_at, RemovedMember.removed_by)
    people = {row.developer_id: row for row in await connection.execute(told.where(RemovedMember.team_id == team_id))}
    return (
        *(Removed((row.provider, row.path), row.removed_at, row.removed_by) for row in repositories),
        *(
            Removed(one, people[one.id].removed_at, people[one.id].removed_by)
            for one in await read_people(connection, list(people))
        ),
    )
