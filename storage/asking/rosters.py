"""What a provider's teams have no more: found by comparing with all that they have now.

What a person added by hand stays.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking.repositories import Place

MINE = """teams AS team WHERE team.organization_id = :organization_id AND team.provider = :provider
    AND team.host = :host"""
LEAVE = text(f"""
DELETE FROM team_members AS member USING {MINE} AND member.team_id = team.id AND member.added_by = 'provider'
    AND team.provider_id = ANY(CAST(:read AS text[])) AND NOT EXISTS (
        SELECT FROM unnest(CAST(:teams AS text[]), CAST(:users AS text[])) AS now (team, user_id)
        JOIN developer_identities AS identity ON identity.provider = :provider AND identity.host = :host
            AND identity.kind = 'account' AND identity.value = now.user_id
        WHERE now.team = team.provider_id AND identity.developer_id = member.developer_id)
""")  # noqa: S608 (constants of this module)
DISOWN = text(f"""
DELETE FROM team_repositories AS owned USING {MINE} AND owned.team_id = team.id AND owned.added_by = 'provider'
    AND team.provider_id = ANY(CAST(:read AS text[])) AND NOT EXISTS (
        SELECT FROM unnest(CAST(:teams AS text[]), CAST(:repositories AS text[])) AS now (team, repository)
        JOIN repositories AS repository ON repository.organization_id = :organization_id
            AND repository.provider = :provider AND repository.host = :host
            AND repository.provider_id = now.repository
        WHERE now.team = team.provider_id AND repository.id = owned.repository_id)
""")  # noqa: S608 (constants of this module)
GONE = text(f"""
SELECT provider_id FROM {MINE} AND team.deleted_at IS NULL AND team.provider_id IS NOT NULL
    AND NOT team.provider_id = ANY(CAST(:read AS text[]))
""")  # noqa: S608 (constants of this module)
LOST = text("""
SELECT provider_id FROM repositories WHERE organization_id = :organization_id AND provider = :provider
    AND host = :host AND removed_at IS NULL AND deleted_at IS NULL AND NOT provider_id = ANY(CAST(:read AS text[]))
""")
# What was archived once is so since then.
ARCHIVE = text("""
UPDATE repositories SET archived_at = CASE WHEN provider_id = ANY(CAST(:archived AS text[])) THEN now() END
WHERE organization_id = :organization_id AND provider = :provider AND host = :host
    AND provider_id = ANY(CAST(:read AS text[]))
    AND (archived_at IS NOT NULL) <> (provider_id = ANY(CAST(:archived AS text[])))
""")


async def remove_others(
    connection: AsyncConnection,
    place: Place,
    teams: Sequence[str],
    members: Sequence[tuple[str, str]],
    owned: Sequence[tuple[str, str]],
) -> int:
    """`teams` are the provider's ids of all that were read, `members` and `owned` pairs with one of them.

    How many members and repositories were taken from a team. The caller holds the lock for new things."""
    given = {**place._asdict(), "read": list(teams)}
    removed = 0
    for statement, name, pairs in ((LEAVE, "users", members), (DISOWN, "repositories", owned)):
        columns = {"teams": [team for team, _ in pairs], name: [value for _, value in pairs]}
        removed += (await connection.execute(statement, {**given, **columns})).rowcount
    return removed


async def list_gone_teams(connection: AsyncConnection, place: Place, read: Sequence[str]) -> list[str]:
    """Provider's ids of teams that are not among those that were read."""
    return list(await connection.scalars(GONE, {**place._asdict(), "read": list(read)}))


async def list_lost_repositories(connection: AsyncConnection, place: Place, read: Sequence[str]) -> list[str]:
    """Provider's ids of repositories that can be seen no more."""
    return list(await connection.scalars(LOST, {**place._asdict(), "read": list(read)}))


async def note_archived(
    connection: AsyncConnection, place: Place, read: Sequence[str], archived: Sequence[str]
) -> None:
    """`read` are the provider's ids of all repositories that were seen, `archived` those of them that are it."""
    await connection.execute(ARCHIVE, {**place._asdict(), "read": list(read), "archived": list(archived)})
