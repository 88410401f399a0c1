"""What a person says of people by hand: two are one, or one is two. The history follows, and later evidence obeys."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.facts.apart import keep_apart
from storage.facts.columns import fetch
from storage.facts.joining import join_developers
from storage.facts.locks import lock_new_things
from storage.facts.people import describe_developers
from storage.facts.removals import split_removals
from storage.linking.due import postpone_links
from storage.refusal import Refused

# Facts of a developer, and the identity that says whose each is.
FACTS = (
    ("commits", "author_id", "author_identity"),
    ("pull_requests", "author_id", "author_identity"),
    ("reviews", "reviewer_id", "reviewer_identity"),
    ("deployments", "deployed_by", "deployed_by_identity"),
    # "account:7" of the repository's own provider.
    (
        "review_requests",
        "developer_id",
        "(SELECT concat('account:', provider, ':', host, ':', split_part(reviewer, ':', 2)) FROM repositories "
        "WHERE repositories.id = repository_id)",
    ),
)
# The provider of an account that no webhook shows (`storage/slack_links.py`).
SLACK = "slack"
IDENTITY = "concat(kind, ':', provider, ':', host, ':', value)"


class PersonProblem(Refused):
    """Why people cannot be changed like that, and what to do: for the person who asked."""


@dataclass(frozen=True, slots=True)
class Identity:
    # "account:github:github.com:1", "email:::jane@example.com"
    identity: str
    # What people type: "jane@example.com", or "github:jane".
    said: str

    @property
    def is_of_slack(self) -> bool:
        return self.identity.startswith(f"account:{SLACK}:")


@dataclass(frozen=True, slots=True)
class ListedPerson:
    id: UUID
    name: str | None
    is_bot: bool
    identities: tuple[Identity, ...]


LISTED = f"""
    SELECT d.id, d.name, d.is_bot, array_agg({IDENTITY} ORDER BY kind, provider, host, value) AS identities,
        array_agg(CASE kind WHEN 'email' THEN value ELSE concat(provider, ':', coalesce(username, value)) END
            ORDER BY kind, provider, host, value) AS said
    FROM developers AS d LEFT JOIN developer_identities AS i ON i.developer_id = d.id
    WHERE {{which}} GROUP BY d.id ORDER BY lower(d.name) NULLS LAST, d.id
"""  # noqa: S608 (constants)
CALLED = f"""d.id IN (
    SELECT developer_id FROM developer_identities WHERE lower(value) = :said AND kind = 'email' OR {IDENTITY} = :exact
        OR lower(username) = :said OR lower(concat(provider, ':', username)) = :said
    UNION SELECT id FROM developers WHERE CAST(id AS text) = :said)
"""  # noqa: S608 (constants)
NAMED = "lower(d.name) = :said"
MEMBER = "d.id IN (SELECT developer_id FROM team_members WHERE team_id = :team_id)"
OF_ORGANIZATION = """(
    EXISTS (SELECT FROM commits AS c JOIN repositories AS r ON r.id = c.repository_id
        WHERE c.author_id = d.id AND r.organization_id = :organization_id)
    OR EXISTS (SELECT FROM pull_requests AS p JOIN repositories AS r ON r.id = p.repository_id
        WHERE p.author_id = d.id AND r.organization_id = :organization_id)
    OR EXISTS (SELECT FROM reviews AS v JOIN repositories AS r ON r.id = v.repository_id
        WHERE v.reviewer_id = d.id AND r.organization_id = :organization_id)
    OR EXISTS (SELECT FROM deployments AS e JOIN repositories AS r ON r.id = e.repository_id
        WHERE e.deployed_by = d.id AND r.organization_id = :organization_id)
    OR EXISTS (SELECT FROM team_members AS m JOIN teams AS t ON t.id = m.team_id
        WHERE m.developer_id = d.id AND t.organization_id = :organization_id))
"""
PART = """(:part = '' OR strpos(lower(d.name), :part) > 0 OR EXISTS (
    SELECT FROM developer_identities AS p
    WHERE p.developer_id = d.id AND strpos(lower(concat_ws(' ', p.value, p.username, p.name)), :part) > 0))
"""


async def list_people(
    connection: AsyncConnection, organization_id: UUID, part: str = "", limit: int = 100
) -> list[ListedPerson]:
    """Those that the organization's repositories and teams know, by name; `part`: of a name, address or username."""
    statement = LISTED.format(which=f"d.deleted_at IS NULL AND {OF_ORGANIZATION} AND {PART}") + " LIMIT :limit"
    parameters = {"organization_id": organization_id, "part": part.lower(), "limit": limit}
    return _people(await connection.execute(text(statement), parameters))


async def read_people(connection: AsyncConnection, ids: Sequence[UUID]) -> list[ListedPerson]:
    """By name."""
    return _people(await connection.execute(text(LISTED.format(which="d.id = ANY(:ids)")), {"ids": list(ids)}))


async def find_person(connection: AsyncConnection, said: str, team_id: UUID | None = None) -> ListedPerson:
    """By address, username or id, else by name; with `team_id` among the team's members.

    Raises PersonProblem when it is nobody, or more than one."""
    said = said.strip().removeprefix("@")
    parameters: dict[str, object] = {"said": said.lower(), "exact": said, "team_id": team_id}
    found: list[ListedPerson] = []
    for known_by in (CALLED, NAMED):
        which = f"({known_by}) AND {MEMBER}" if team_id else known_by
        found = found or _people(await connection.execute(text(LISTED.format(which=which)), parameters))
    if len(found) == 1:
        return found[0]
    if not found:
        raise PersonProblem(f"Nobody is known as {said!r}: `devmetrics people list PART` finds names.")
    listed = "; ".join(f"{one.name or 'without a name'} ({one.id})" for one in found[:5])
    raise PersonProblem(f"{said!r} is more than one person: {listed}. Give one of these ids.")


async def merge_people(
    connection: AsyncConnection, organization_id: UUID, kept: str, gone: Sequence[str], actor: str
) -> ListedPerson:
    """All that belongs to `gone` belongs to `kept` from now on, whatever was told of them before."""
    await lock_new_things(connection)
    one = await find_person(connection, kept)
    others = {(await find_person(connection, said)).id for said in gone} - {one.id}
    if not others:
        raise PersonProblem(f"{kept!r} is that person already: there is nothing to merge.")
    before = [await find_person(connection, str(id_)) for id_ in sorted({one.id} | others)]
    touched = await join_developers(connection, dict.fromkeys(sorted(others), one.id))
    await describe_developers(connection, [one.id])
    await postpone_links(connection, touched)
    after = await find_person(connection, str(one.id))
    told = {"people": [[identity.identity for identity in each.identities] for each in before]}
    await audit(
        connection, organization_id, actor, "people.merge", str(one.id), told, {"identities": _texts(after.identities)}
    )
    return after


async def split_person(
    connection: AsyncConnection, organization_id: UUID, person: str, identities: Sequence[str], actor: str
) -> tuple[ListedPerson, ListedPerson]:
    """These identities are another person, with all that they did; nothing that shows both joins them again."""
    await lock_new_things(connection)
    one = await find_person(connection, person)
    said = {identity.strip().removeprefix("@").lower() for identity in identities}
    moved = [each for each in one.identities if {each.said.lower(), each.identity.lower(), _name(each)} & said]
    unknown = said - {word for each in moved for word in (each.said.lower(), each.identity.lower(), _name(each))}
    if unknown:
        known = ", ".join(each.said for each in one.identities)
        raise PersonProblem(f"{', '.join(sorted(unknown))}: not of this person, who is {known}.")
    if len(moved) == len(one.identities):
        raise PersonProblem("These are all of the person's identities: leave at least one.")
    new = uuid4()
    await connection.exec_driver_sql("INSERT INTO developers (id) VALUES ($1)", (new,))
    touched = await _move(connection, one.id, new, _texts(moved))
    await _move_memberships(connection, one, new, moved)
    await split_removals(connection, one.id, new)
    await keep_apart(connection, one.id, new)
    # One after the other: an address belongs to one developer at every moment.
    for each in (one.id, new):
        await describe_developers(connection, [each])
    await postpone_links(connection, touched)
    after = (await find_person(connection, str(one.id)), await find_person(connection, str(new)))
    told = {"identities": _texts(one.identities)}
    people = {"people": [_texts(each.identities) for each in after], "new": str(new)}
    await audit(connection, organization_id, actor, "people.split", str(one.id), told, people)
    return after


async def _move(connection: AsyncConnection, old: UUID, new: UUID, identities: list[str]) -> set[UUID]:
    """Returns the repositories concerned. Whoever found the developer holds a lock on one of its identities until its
    facts are written: to lock all of them waits for those."""
    await connection.exec_driver_sql(
        "SELECT FROM developer_identities WHERE developer_id = $1 ORDER BY provider, host, kind, value FOR UPDATE",
        (old,),
    )
    await connection.exec_driver_sql(
        f"UPDATE developer_identities SET developer_id = $2 WHERE developer_id = $1 AND {IDENTITY} = ANY($3::text[])",  # noqa: S608 (constants)
        (old, new, identities),
    )
    concerned = " UNION ".join(f"SELECT repository_id FROM {table} WHERE {column} = $1" for table, column, _ in FACTS)  # noqa: S608 (constants)
    await connection.exec_driver_sql(
        f"SELECT id FROM repositories WHERE id IN ({concerned}) ORDER BY id FOR NO KEY UPDATE",  # noqa: S608 (constants)
        (old,),
    )
    touched: set[UUID] = set()
    for table, column, identity in FACTS:
        rows = await fetch(
            connection,
            f"UPDATE {table} SET {column} = $2 WHERE {column} = $1 AND {identity} = ANY($3::text[]) "  # noqa: S608 (constants)
            "RETURNING repository_id",
            old,
            new,
            identities,
        )
        touched.update(repository_id for (repository_id,) in rows)
    return touched


async def _move_memberships(
    connection: AsyncConnection, one: ListedPerson, new: UUID, moved: Sequence[Identity]
) -> None:
    """What a provider told is of an account: it follows the last account away. What a person said stays."""
    # That of Slack is in no team of a provider's.
    accounts = [each for each in one.identities if each.identity.startswith("account:") and not each.is_of_slack]
    if accounts and all(each in moved for each in accounts):
        await connection.exec_driver_sql(
            "UPDATE team_members SET developer_id = $2 WHERE developer_id = $1 AND added_by = 'provider'", (one.id, new)
        )


def _name(identity: Identity) -> str:
    """`jane` of `github:jane`."""
    return identity.said.rpartition(":")[2].lower()


def _texts(identities: Sequence[Identity]) -> list[str]:
    return [each.identity for each in identities]


def _people(rows: object) -> list[ListedPerson]:
    return [
        ListedPerson(
            row.id, row.name, row.is_bot, tuple(Identity(*pair) for pair in zip(row.identities, row.said, strict=True))
        )
        for row in rows  # type: ignore[attr-defined]  # rows of either of two statements
    ]
