"""Writing teams of a provider, who is in them and what they own.

Their events carry no time, so what was received last holds (words.py). What a person did by hand stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.columns import fetch
from storage.facts.identities import identity_of
from storage.facts.values import text
from storage.facts.words import read_words, save_words, subject
from storage.records import (
    MemberRemoved,
    Person,
    RepositoryKey,
    Team,
    TeamKey,
    TeamMembership,
    TeamOwnership,
)

LONGEST_NAME = 255
LONGEST_ROLE = 64
TeamRecord = Team | TeamMembership | TeamOwnership | MemberRemoved


@dataclass(slots=True)
class TeamRow:
    id: UUID
    slug: str
    name: str
    key: TeamKey | None
    by_hand: bool
    deleted: bool
    # By a person: no provider brings it back.
    removed: bool = False
    new: bool = False


class Teams:
    """All teams of one organization as they are in the database, changed by events one after another."""

    def __init__(self, rows: Iterable[TeamRow]) -> None:
        self.rows = list(rows)
        self.by_key = {row.key: row for row in self.rows if row.key}
        self.by_slug = {row.slug: row for row in self.rows}
        self.changed: dict[UUID, TeamRow] = {}

    def apply(self, team: Team) -> None:
        row = self.find(team.key, None if team.deleted else team.slug)
        if team.deleted:
            # Gone at the provider; a team made by hand stays as it is.
            row.deleted = row.deleted or not row.by_hand
        elif not row.by_hand and not (row.deleted and (row.removed or team.received_at is not None)):
            # The provider never gives a deleted team's id away again: a late event does not bring it back. That its API
            # shows it now does: it was out of reach for a time.
            row.deleted = False
            row.name = text(team.name, LONGEST_NAME)
            self.rename(row, text(team.slug, LONGEST_NAME))
        self.changed[row.id] = row

    def find(self, key: TeamKey, slug: str | None = None) -> TeamRow:
        """The team of this key. One made by hand with the same slug becomes it; else there is a new one."""
        if key in self.by_key:
            return self.by_key[key]
        namesake = self.by_slug.get(slug) if slug else None
        if namesake and namesake.by_hand and namesake.key is None and not namesake.deleted:
            row = namesake
            row.key = key
        else:
            unnamed = f"{key.provider}-{text(key.provider_id, 200)}"
            row = TeamRow(uuid4(), "", unnamed, key, by_hand=False, deleted=False, new=True)
            self.rename(row, unnamed)
            self.rows.append(row)
        self.by_key[key] = row
        self.changed[row.id] = row
        return row

    def of(self, person: Person) -> Iterator[TeamRow]:
        """Those that came from the person's provider."""
        return (row for row in self.rows if row.key and row.key[:2] == (person.provider, person.host))

    def rename(self, row: TeamRow, wanted: str) -> None:
        """Give the slug, or one that says whose it is when another team has it."""
        if row.slug in self.by_slug and self.by_slug[row.slug] is row:
            del self.by_slug[row.slug]
        holder = self.by_slug.get(wanted)
        if holder and holder.deleted:
            self.rename(holder, f"{wanted[:200]}-deleted-{holder.id}")
            self.changed[holder.id] = holder
            holder = None
        if holder and row.key:
            of_provider = f"{wanted[:200]}-{row.key.provider}"
            wanted = (
                of_provider
                if of_provider not in self.by_slug
                else f"{of_provider}-{row.key.provider_id}"[:LONGEST_NAME]
            )
        row.slug = wanted
        self.by_slug[wanted] = row


async def write_teams(
    connection: AsyncConnection,
    organization_id: UUID,
    events: Sequence[TeamRecord],
    repositories: Mapping[RepositoryKey, UUID],
    developers: Mapping[str, UUID],
) -> None:
    """`events` in order of receipt, as far as that is known. The caller holds the lock for new things."""
    if not events:
        return
    teams = Teams(await read_teams(connection, organization_id))
    members: dict[tuple[UUID, UUID], str | None] = {}
    owned: dict[tuple[UUID, UUID], bool] = {}
    words = await read_words(connection, organization_id, subjects_of(events, teams))
    for event in events:
        match event:
            case Team():
                if words.take(of_team(event.key), event.received_at) or event.deleted:
                    teams.apply(event)
            case TeamMembership():
                developer = developers.get(identity_of(event.person) or "")
                news = words.is_news(of_anywhere(event.person), event.received_at)
                if developer and news and words.take(of_member(event.team, event.person), event.received_at):
                    role = text(event.role, LONGEST_ROLE) if event.member else None
                    members[teams.find(event.team).id, developer] = role
            case TeamOwnership():
                if words.take(of_owner(event.team, event.repository), event.received_at):
                    owned[teams.find(event.team).id, repositories[event.repository]] = event.owns
            case MemberRemoved():
                developer = developers.get(identity_of(event.person) or "")
                if developer and words.take(of_anywhere(event.person), event.received_at):
                    members.update(
                        ((row.id, developer), None)
                        for row in teams.of(event.person)
                        if row.key and words.is_news(of_member(row.key, event.person), event.received_at)
                    )
    await save_teams(connection, organization_id, list(teams.changed.values()))
    await save_members(connection, members)
    await save_owned(connection, owned)
    await save_words(connection, organization_id, words)


def of_team(key: TeamKey) -> str:
    return subject("team", *key)


def of_member(key: TeamKey, person: Person) -> str:
    return subject("member", *key, identity_of(person) or "")


def of_anywhere(person: Person) -> str:
    """That somebody left the provider's organization speaks of all its teams."""
    return subject("member", person.provider, person.host, identity_of(person) or "")


def of_owner(key: TeamKey, repository: RepositoryKey) -> str:
    return subject("owner", *key, *repository)


def subjects_of(events: Iterable[TeamRecord], teams: Teams) -> Iterator[str]:
    for event in events:
        match event:
            case Team():
                yield of_team(event.key)
            case TeamMembership():
                yield from (of_member(event.team, event.person), of_anywhere(event.person))
            case TeamOwnership():
                yield of_owner(event.team, event.repository)
            case MemberRemoved():
                yield of_anywhere(event.person)
                yield from (of_member(row.key, event.person) for row in teams.of(event.person) if row.key)


async def read_teams(connection: AsyncConnection, organization_id: UUID) -> list[TeamRow]:
    rows = await fetch(
        connection,
        "SELECT id, slug, name, provider, host, provider_id, added_by = 'person', deleted_at IS NOT NULL, "
        "removed_by IS NOT NULL "
        "FROM teams WHERE organization_id = $1 ORDER BY id FOR NO KEY UPDATE",
        organization_id,
    )
    return [
        TeamRow(row[0], row[1], row[2], TeamKey(row[3], row[4], row[5]) if row[5] else None, *row[6:]) for row in rows
    ]


async def save_teams(connection: AsyncConnection, organization_id: UUID, teams: Sequence[TeamRow]) -> None:
    if not teams:
        return
    # Slugs may be exchanged among the teams: first all of them let go of theirs.
    await connection.exec_driver_sql(
        "UPDATE teams SET slug = id::text WHERE id = ANY($1::uuid[])", ([team.id for team in teams if not team.new],)
    )
    rows = [(team.id, team.slug, team.name, *(team.key or (None, None, None)), team.deleted) for team in teams]
    await connection.exec_driver_sql(
        "INSERT INTO teams (organization_id, id, slug, name, provider, host, provider_id, deleted_at) "
        "SELECT $1, id, slug, name, provider, host, provider_id, CASE WHEN deleted THEN now() END FROM unnest("
        "$2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bool[]) "
        "AS s(id, slug, name, provider, host, provider_id, deleted) "
        "ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, name = excluded.name, provider = excluded.provider, "
        "host = excluded.host, provider_id = excluded.provider_id, "
        "deleted_at = CASE WHEN excluded.deleted_at IS NOT NULL THEN coalesce(teams.deleted_at, now()) END",
        (organization_id, *map(list, zip(*rows, strict=True))),
    )


async def save_members(connection: AsyncConnection, members: Mapping[tuple[UUID, UUID], str | None]) -> None:
    joined = [(team, developer, role) for (team, developer), role in members.items() if role is not None]
    left = [key for key, role in members.items() if role is None]
    if joined:
        await connection.exec_driver_sql(
            "INSERT INTO team_members AS m (team_id, developer_id, role) "
            "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS s(team_id, developer_id, role) "
            "WHERE (team_id, developer_id) NOT IN (SELECT team_id, developer_id FROM removed_team_members) "
            "ON CONFLICT (team_id, developer_id) DO UPDATE SET role = excluded.role "
            "WHERE m.added_by = 'provider' AND m.role <> excluded.role",
            tuple(map(list, zip(*joined, strict=True))),
        )
    if left:
        await connection.exec_driver_sql(
            "DELETE FROM team_members m USING unnest($1::uuid[], $2::uuid[]) AS s(team_id, developer_id) "
            "WHERE m.team_id = s.team_id AND m.developer_id = s.developer_id AND m.added_by = 'provider'",
            tuple(map(list, zip(*left, strict=True))),
        )


async def save_owned(connection: AsyncConnection, owned: Mapping[tuple[UUID, UUID], bool]) -> None:
    given = [key for key, owns in owned.items() if owns]
    lost = [key for key, owns in owned.items() if not owns]
    if given:
        await connection.exec_driver_sql(
            "INSERT INTO team_repositories (team_id, repository_id) "
            "SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS s(team_id, repository_id) WHERE (team_id, repository_id) "
            "NOT IN (SELECT team_id, repository_id FROM removed_team_repositories) ON CONFLICT DO NOTHING",
            tuple(map(list, zip(*given, strict=True))),
        )
    if lost:
        await connection.exec_driver_sql(
            "DELETE FROM team_repositories o USING unnest($1::uuid[], $2::uuid[]) AS s(team_id, repository_id) "
            "WHERE o.team_id = s.team_id AND o.repository_id = s.repository_id AND o.added_by = 'provider'",
            tuple(map(list, zip(*lost, strict=True))),
        )
