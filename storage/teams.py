"""What a person says of teams by hand: it is audited, and no event takes it back."""

import re
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.facts.identities import USERNAMES
from storage.facts.locks import lock_new_things
from storage.facts.people import see, write_people
from storage.facts.touched import Touched
from storage.linking.people import usable_email
from storage.models.organizations import (
    RemovedMember,
    RemovedRepository,
    Team,
    TeamMember,
    TeamRepository,
    TeamService,
)
from storage.models.people import Developer
from storage.models.repositories import Service
from storage.records import Person
from storage.refusal import Refused
from storage.repositories import find_or_add_repository

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
BY_HAND = "person"


class TeamProblem(Refused):
    """Why a team cannot be changed like that."""


async def add_team(connection: AsyncConnection, organization_id: UUID, slug: str, name: str, actor: str) -> UUID:
    """Make a team, or give the team of this slug its name; one that a person removed is there again, with all it had.
    `actor` as in audit_logs. Returns the team's id."""
    check_slug(slug)
    if not 0 < len(name.strip()) <= 255:
        raise TeamProblem("A team's name has 1 to 255 characters.")
    await lock_new_things(connection)
    columns = (Team.id, Team.name, Team.added_by, Team.deleted_at, Team.removed_by)
    found = (await connection.execute(select(*columns).where(*named(organization_id, slug)))).one_or_none()
    before: dict[str, Any] | None = None
    team_id: UUID
    if found and found.deleted_at and not found.removed_by:
        await free_slug(connection, organization_id, slug)
        found = None
    if found is None:
        team_id = uuid4()
        values = {"id": team_id, "slug": slug, "name": name.strip(), "added_by": BY_HAND}
        await connection.execute(insert(Team).values(organization_id=organization_id, **values))
    else:
        team_id, before = found.id, {"name": found.name}
        if found.removed_by:
            before["removed_by"] = found.removed_by
        elif (found.name, found.added_by) == (name.strip(), BY_HAND):
            return team_id
        values = {"name": name.strip(), "added_by": BY_HAND, "deleted_at": None, "removed_by": None}
        await connection.execute(update(Team).where(Team.id == team_id).values(values))
    await audit(connection, organization_id, actor, "team.add", slug, before, {"name": name.strip()})
    return team_id


async def rename_team(connection: AsyncConnection, organization_id: UUID, slug: str, new: str, actor: str) -> UUID:
    """Give a team another slug; its provider's never comes back. Raises `Refused`."""
    check_slug(new)
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, slug)
    taken = select(Team.id).where(*named(organization_id, new), Team.deleted_at.is_(None))
    if await connection.scalar(taken) is not None:
        raise TeamProblem(f"There is a team {new!r} already: choose another slug, or remove that team first.")
    await free_slug(connection, organization_id, new)
    await connection.execute(update(Team).where(Team.id == team_id).values(slug=new, added_by=BY_HAND))
    await audit(connection, organization_id, actor, "team.rename", new, {"slug": slug}, {"slug": new})
    return team_id


async def add_repository_to_team(
    connection: AsyncConnection, organization_id: UUID, team_slug: str, provider: str, path: str, actor: str
) -> UUID:
    """Let a team own a repository, also one that was taken from it; one never heard of waits for its first event.
    Returns the repository's id."""
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, team_slug)
    repository_id = await find_or_add_repository(connection, organization_id, provider, path)
    await connection.execute(delete(RemovedRepository).where(*owned(RemovedRepository, team_id, repository_id)))
    # What was said last counts: the whole includes its services.
    parts = await connection.execute(delete(TeamService).where(*owned(TeamService, team_id, repository_id)))
    added = await connection.execute(
        upsert(TeamRepository)
        .values(team_id=team_id, repository_id=repository_id, added_by=BY_HAND)
        .on_conflict_do_update(
            index_elements=["team_id", "repository_id"],
            set_={"added_by": BY_HAND},
            where=TeamRepository.added_by != BY_HAND,
        )
    )
    if added.rowcount or parts.rowcount:
        after = {"provider": provider, "path": path.strip().strip("/")}
        await audit(connection, organization_id, actor, "team.add_repository", team_slug, None, after)
    return repository_id


async def add_service_to_team(
    connection: AsyncConnection,
    organization_id: UUID,
    team_slug: str,
    provider: str,
    path: str,
    service: str,
    actor: str,
) -> UUID:
    """Let a team own one service of a repository in place of the whole. Returns the repository's id."""
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, team_slug)
    repository_id = await find_or_add_repository(connection, organization_id, provider, path)
    names = (await connection.scalars(select(Service.name).where(Service.repository_id == repository_id))).all()
    name = next((known for known in names if known.casefold() == service.casefold()), None)
    if name is None:
        known = f"It has {', '.join(sorted(names))}." if names else "It has none yet."
        make = f"devmetrics repo add-service {provider} {path} {service}"
        raise TeamProblem(f"{path} has no service {service!r}. {known} Make it first: {make}")
    whole = await connection.execute(
        delete(TeamRepository).where(*owned(TeamRepository, team_id, repository_id), TeamRepository.added_by == BY_HAND)
    )
    added = await connection.execute(
        upsert(TeamService).values(team_id=team_id, repository_id=repository_id, service=name).on_conflict_do_nothing()
    )
    if added.rowcount or whole.rowcount:
        before = {"provider": provider, "path": path} if whole.rowcount else None
        after = {"provider": provider, "path": path, "service": name}
        await audit(connection, organization_id, actor, "team.add_service", team_slug, before, after)
    return repository_id


async def add_member_to_team(
    connection: AsyncConnection, organization_id: UUID, team_slug: str, person: str, actor: str
) -> UUID:
    """Put somebody into a team, by e-mail address or by a username seen before. Returns the developer's id."""
    person = person.strip()
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, team_slug)
    email = usable_email(person)
    developer_id = await developer_of(connection, email) if email else await find_by_username(connection, person)
    out = (RemovedMember.team_id == team_id, RemovedMember.developer_id == developer_id)
    await connection.execute(delete(RemovedMember).where(*out))
    added = await connection.execute(
        upsert(TeamMember)
        .values(team_id=team_id, developer_id=developer_id, added_by=BY_HAND)
        .on_conflict_do_update(
            index_elements=["team_id", "developer_id"], set_={"added_by": BY_HAND}, where=TeamMember.added_by != BY_HAND
        )
    )
    if added.rowcount:
        await audit(connection, organization_id, actor, "team.add_member", team_slug, None, {"person": person})
    return developer_id


def owned(model: Any, team_id: UUID, repository_id: UUID) -> tuple[Any, ...]:
    return (model.team_id == team_id, model.repository_id == repository_id)


def named(organization_id: UUID, slug: str) -> tuple[Any, ...]:
    return (Team.organization_id == organization_id, Team.slug == slug)


def check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug):
        raise TeamProblem(f"A team's slug is like platform or data-2: small letters, digits, - _ and . ; not {slug!r}.")


async def free_slug(connection: AsyncConnection, organization_id: UUID, slug: str) -> None:
    """A deleted team lets go of it; its history stays."""
    gone = (*named(organization_id, slug), Team.deleted_at.is_not(None))
    await connection.execute(update(Team).where(*gone).values(slug=func.concat(slug, "-deleted-", Team.id)))


async def find_team(connection: AsyncConnection, organization_id: UUID, slug: str) -> UUID:
    team_id = await connection.scalar(select(Team.id).where(*named(organization_id, slug), Team.deleted_at.is_(None)))
    if team_id is None:
        raise TeamProblem(
            f"There is no team {slug!r}: `devmetrics team list` shows those there are, and "
            f"`devmetrics team add {slug} --name NAME` makes it."
        )
    return team_id


async def developer_of(connection: AsyncConnection, email: str) -> UUID:
    """Whose address it is; a new developer when nobody was seen with it."""
    shown = Person("", "", None, None, None, email, bot=False)
    developers = await write_people(connection, see([shown]), Touched())
    return next(iter(developers.values()))


async def find_by_username(connection: AsyncConnection, username: str) -> UUID:
    called = username.removeprefix("@").lower()
    names = [func.lower(Developer.__table__.c[name]) for name in USERNAMES.values()]
    found = (await connection.scalars(select(Developer.id).where(or_(*(name == called for name in names))))).all()
    if len(found) == 1:
        return found[0]
    seen = "nobody" if not found else "more than one person"
    raise TeamProblem(f"The username {username!r} is known of {seen}: give an e-mail address.")
