"""Whose numbers: a team or a repository of one organization, found by the name a person gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.sources import Sources
from storage.models.organizations import Organization, Team, TeamRepository, TeamService, TeamSettings
from storage.models.repositories import Repository
from storage.teams import BY_HAND


@dataclass(frozen=True, slots=True)
class TeamScope:
    organization_id: UUID
    slug: str
    name: str
    # IANA name: the team's own, else its organization's.
    timezone: str
    sources: Sources
    # True: the team owns nothing, so these are all repositories of its organization.
    whole_organization: bool = False


@dataclass(frozen=True, slots=True)
class RepositoryScope:
    organization_id: UUID
    provider: str
    path: str
    timezone: str
    sources: Sources


@dataclass(frozen=True, slots=True)
class TeamListing:
    slug: str
    name: str
    # How many repositories it owns, whole or in part; 0: its numbers are those of all of its organization.
    repositories: int


@dataclass(frozen=True, slots=True)
class KnownRepository:
    id: UUID
    provider: str
    # None: no webhook has named it yet.
    host: str | None
    path: str


class AmbiguousRepository(Exception):
    """Several servers of one provider have a repository of this path. `named`: what tells them apart."""

    def __init__(self, path: str, named: Sequence[str]) -> None:
        super().__init__(f"Several servers have a repository {path[:200]!r}. Name one of {' or '.join(named)}.")
        self.named = named


async def find_team(connection: AsyncConnection, organization_id: UUID, slug: str) -> TeamScope | None:
    """The team of this slug, in any case; None when there is none."""
    if not _storable(slug):
        return None
    team = (
        await connection.execute(
            sa.select(
                Team.id,
                Team.slug,
                Team.name,
                sa.func.coalesce(TeamSettings.timezone, Organization.timezone).label("timezone"),
            )
            .join(Organization, Organization.id == Team.organization_id)
            .outerjoin(TeamSettings, TeamSettings.team_id == Team.id)
            .where(
                Team.organization_id == organization_id,
                sa.func.lower(Team.slug) == slug.lower(),
                Team.deleted_at.is_(None),
                Organization.deleted_at.is_(None),
            )
            .order_by(Team.slug != slug)
            .limit(1)
        )
    ).one_or_none()
    if team is None:
        return None
    sources = await _owned(connection, team.id)
    if sources.repository_ids:
        return TeamScope(organization_id, team.slug, team.name, team.timezone, sources)
    every = await _tracked(connection, Repository.organization_id == organization_id)
    return TeamScope(organization_id, team.slug, team.name, team.timezone, every, whole_organization=True)


async def find_everything(connection: AsyncConnection, organization_id: UUID) -> tuple[str, Sources]:
    """The organization's time zone, and all of its repositories."""
    timezone = await connection.scalar(sa.select(Organization.timezone).where(Organization.id == organization_id))
    return timezone or "UTC", await _tracked(connection, Repository.organization_id == organization_id)


async def find_repository(
    connection: AsyncConnection, organization_id: UUID, provider: str | None, path: str
) -> RepositoryScope | None:
    """The repository of this path, in any case, of this provider (None: of any); None when there is none.

    A path may have belonged to several in time: a living one comes first, then the one heard of last. Where several
    servers have it, the host and a slash before it say which is meant. Raises `AmbiguousRepository`.
    """
    if not _storable(path) or not _storable(provider or ""):
        return None
    said = path.strip("/").lower()
    host, _, path_there = said.partition("/")
    there = sa.and_(sa.func.lower(Repository.path) == path_there, sa.func.lower(Repository.host) == host)
    providers = Repository.provider == provider.lower() if provider else sa.true()
    rows = (
        await connection.execute(
            sa.select(
                Repository.id,
                Repository.provider,
                Repository.host,
                Repository.path,
                Repository.first_event_at,
                Repository.deleted_at,
                Organization.timezone,
            )
            .join(Organization, Organization.id == Repository.organization_id)
            .where(
                Repository.organization_id == organization_id,
                Organization.deleted_at.is_(None),
                providers,
                sa.or_(sa.func.lower(Repository.path) == said, there),
            )
            .order_by(
                Repository.deleted_at.is_not(None),
                Repository.first_event_at.is_(None),
                Repository.seen_at.desc().nulls_last(),
                Repository.id,
            )
        )
    ).all()
    rows = [row for row in rows if row.path.lower() == path_there] or list(rows)
    if not rows:
        return None
    servers = {(row.provider, row.host): row for row in rows if row.host and row.deleted_at is None}
    if len(servers) > 1:
        raise AmbiguousRepository(path, sorted(f"{row.host}/{row.path}" for row in servers.values()))
    found = rows[0]
    sources = Sources((found.id,), tracked_since=found.first_event_at)
    return RepositoryScope(organization_id, found.provider, found.path, found.timezone, sources)


def owned_whole(team_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    """Which rows of team_repositories count: what a person says of a repository's services is stronger than that a
    provider gave the team the whole."""
    parts = sa.exists().where(TeamService.team_id == team_id, TeamService.repository_id == TeamRepository.repository_id)
    return (TeamRepository.team_id == team_id, sa.or_(TeamRepository.added_by == BY_HAND, ~parts))


async def list_teams(connection: AsyncConnection, organization_id: UUID) -> list[TeamListing]:
    """The organization's teams, by slug."""
    owned = sa.union(
        sa.select(TeamRepository.team_id, TeamRepository.repository_id),
        sa.select(TeamService.team_id, TeamService.repository_id),
    ).subquery()
    rows = await connection.execute(
        sa.select(Team.slug, Team.name, sa.func.count(owned.c.repository_id))
        .outerjoin(owned, owned.c.team_id == Team.id)
        .where(Team.organization_id == organization_id, Team.deleted_at.is_(None))
        .group_by(Team.id)
        .order_by(Team.slug)
    )
    return [TeamListing(*row) for row in rows]


async def list_repository_paths(
    connection: AsyncConnection, organization_id: UUID, provider: str | None = None
) -> list[str]:
    """The paths of the organization's living repositories (of one provider, or of all), for suggestions."""
    if not _storable(provider or ""):
        return []
    rows = await connection.scalars(
        sa.select(Repository.path)
        .where(
            Repository.organization_id == organization_id,
            Repository.deleted_at.is_(None),
            Repository.provider == provider if provider else sa.true(),
        )
        .distinct()
        .order_by(Repository.path)
    )
    return list(rows)


async def list_repositories(connection: AsyncConnection, organization_id: UUID) -> list[KnownRepository]:
    """The organization's living repositories."""
    rows = await connection.execute(
        sa.select(Repository.id, Repository.provider, Repository.host, Repository.path)
        .where(Repository.organization_id == organization_id, Repository.deleted_at.is_(None))
        .order_by(Repository.path, Repository.provider, Repository.host)
    )
    return [KnownRepository(*row) for row in rows]


async def _owned(connection: AsyncConnection, team_id: UUID) -> Sources:
    """Whole repositories, and single services of others; owning the whole includes its services."""
    whole = await _tracked(
        connection,
        Repository.id.in_(sa.select(TeamRepository.repository_id).where(*owned_whole(team_id))),
    )
    parts = (
        await connection.execute(
            sa.select(TeamService.repository_id, TeamService.service, Repository.first_event_at)
            .join(Repository, Repository.id == TeamService.repository_id)
            .where(TeamService.team_id == team_id, TeamService.repository_id.not_in(whole.repository_ids))
            .order_by(TeamService.repository_id, TeamService.service)
        )
    ).all()
    return Sources(
        (*whole.repository_ids, *dict.fromkeys(part.repository_id for part in parts)),
        tuple((part.repository_id, part.service) for part in parts),
        _earliest([whole.tracked_since, *(part.first_event_at for part in parts)]),
    )


async def _tracked(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> Sources:
    rows: Sequence[Any] = (
        await connection.execute(
            sa.select(Repository.id, Repository.first_event_at).where(condition).order_by(Repository.id)
        )
    ).all()
    return Sources(tuple(row.id for row in rows), tracked_since=_earliest([row.first_event_at for row in rows]))


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _storable(text: str) -> bool:
    """PostgreSQL holds neither NUL nor lone surrogates: no name is such a text."""
    return "\x00" not in text and text.isprintable()
