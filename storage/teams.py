"""What a person says of teams by hand: it is audited, and no event takes it back."""

import re
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.facts.identities import USERNAMES
from storage.facts.locks import lock_new_things
from storage.facts.people import see, write_people
from storage.facts.touched import Touched
from storage.linking.people import usable_email
from storage.models.organizations import Team, TeamMember, TeamRepository
from storage.models.people import Developer
from storage.models.repositories import Repository
from storage.records import Person

SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")
PATH = re.compile(r"[^\s/:]+(?:/[^\s/:]+)+")
BY_HAND = "person"


class TeamProblem(ValueError):
    """Why a team cannot be changed like that, and what to do: for the person who asked."""


async def add_team(connection: AsyncConnection, organization_id: UUID, slug: str, name: str, actor: str) -> UUID:
    """Make a team, or give the team of this slug its name. `actor` as in audit_logs. Returns the team's id."""
    if not SLUG.fullmatch(slug):
        raise TeamProblem(f"A team's slug is like platform or data-2: small letters, digits, - _ and . ; not {slug!r}.")
    if not 0 < len(name.strip()) <= 255:
        raise TeamProblem("A team's name has 1 to 255 characters.")
    await lock_new_things(connection)
    found = (
        await connection.execute(
            select(Team.id, Team.name, Team.added_by, Team.deleted_at).where(*named(organization_id, slug))
        )
    ).one_or_none()
    before: dict[str, Any] | None = None
    team_id: UUID
    if found and found.deleted_at:
        # Its history stays; the slug is free for another team.
        await connection.execute(update(Team).where(Team.id == found.id).values(slug=f"{slug}-deleted-{found.id}"))
        found = None
    if found is None:
        team_id = uuid4()
        values = {"id": team_id, "slug": slug, "name": name.strip(), "added_by": BY_HAND}
        await connection.execute(insert(Team).values(organization_id=organization_id, **values))
    else:
        team_id, before = found.id, {"name": found.name}
        if (found.name, found.added_by) == (name.strip(), BY_HAND):
            return team_id
        await connection.execute(update(Team).where(Team.id == team_id).values(name=name.strip(), added_by=BY_HAND))
    await audit(connection, organization_id, actor, "team.add", slug, before, {"name": name.strip()})
    return team_id


async def add_repository_to_team(
    connection: AsyncConnection, organization_id: UUID, team_slug: str, provider: str, path: str, actor: str
) -> UUID:
    """Let a team own a repository; one never heard of waits for its first event. Returns the repository's id."""
    path = path.strip().strip("/")
    if not PATH.fullmatch(path):
        raise TeamProblem(f"A repository is given by its full path, such as owner/name, not {path!r}.")
    await lock_new_things(connection)
    team_id = await find_team(connection, organization_id, team_slug)
    repository_id = await connection.scalar(
        select(Repository.id)
        .where(Repository.organization_id == organization_id, Repository.provider == provider)
        .where(func.lower(Repository.path) == path.lower())
        # A name may have been given again after a rename or a deletion: the one in use.
        .order_by(Repository.deleted_at.isnot(None), Repository.seen_at.desc().nulls_last())
        .limit(1)
    )
    if repository_id is None:
        repository_id = uuid4()
        values = {"provider": provider, "path": path, "name": path.rpartition("/")[2][:255]}
        await connection.execute(insert(Repository).values(id=repository_id, organization_id=organization_id, **values))
    added = await connection.execute(
        upsert(TeamRepository)
        .values(team_id=team_id, repository_id=repository_id, added_by=BY_HAND)
        .on_conflict_do_update(
            index_elements=["team_id", "repository_id"],
            set_={"added_by": BY_HAND},
            where=TeamRepository.added_by != BY_HAND,
        )
    )
    if added.rowcount:
        after = {"provider": provider, "path": path}
        await audit(connection, organization_id, actor, "team.add_repository", team_slug, None, after)
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


def named(organization_id: UUID, slug: str) -> tuple[Any, ...]:
    return (Team.organization_id == organization_id, Team.slug == slug)


async def find_team(connection: AsyncConnection, organization_id: UUID, slug: str) -> UUID:
    team_id = await connection.scalar(select(Team.id).where(*named(organization_id, slug), Team.deleted_at.is_(None)))
    if team_id is None:
        raise TeamProblem(f"There is no team {slug!r}. Make it first: devmetrics team add {slug} --name NAME.")
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
