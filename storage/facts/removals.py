"""What a person took from a team: that stays so when two people turn out to be one, one to be two, or a repository
to be one that was known by its path."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection


async def join_removals(connection: AsyncConnection, joined: Mapping[UUID, UUID]) -> None:
    """Each value of `joined` is out where its key was, unless a person put it in; memberships are joined already."""
    arrays = (list(joined), list(joined.values()))
    await connection.exec_driver_sql(
        "INSERT INTO removed_team_members (team_id, developer_id, removed_at, removed_by) "
        "SELECT DISTINCT ON (team_id, kept) team_id, kept, removed_at, removed_by FROM removed_team_members "
        "JOIN unnest($1::uuid[], $2::uuid[]) AS pair(gone, kept) ON developer_id = gone "
        "ORDER BY team_id, kept, removed_at DESC ON CONFLICT DO NOTHING",
        arrays,
    )
    await connection.exec_driver_sql(
        "DELETE FROM removed_team_members WHERE developer_id = ANY($1::uuid[])", (arrays[0],)
    )
    same = "r.team_id = m.team_id AND r.developer_id = m.developer_id AND m.developer_id = ANY($1::uuid[])"
    await connection.exec_driver_sql(
        f"DELETE FROM removed_team_members r USING team_members m WHERE {same} AND m.added_by = 'person'",  # noqa: S608 (constants)
        (arrays[1],),
    )
    await connection.exec_driver_sql(
        f"DELETE FROM team_members m USING removed_team_members r WHERE {same} AND m.added_by = 'provider'",  # noqa: S608 (constants)
        (arrays[1],),
    )


async def split_removals(connection: AsyncConnection, one: UUID, other: UUID) -> None:
    """Whoever was out is out as both."""
    await connection.exec_driver_sql(
        "INSERT INTO removed_team_members (team_id, developer_id, removed_at, removed_by) "
        "SELECT team_id, $2, removed_at, removed_by FROM removed_team_members WHERE developer_id = $1",
        (one, other),
    )


async def keep_removed(connection: AsyncConnection, repository_id: UUID) -> None:
    """What was said of the repository's placeholder is said of the repository."""
    await connection.exec_driver_sql(
        "DELETE FROM team_repositories o USING removed_team_repositories r WHERE r.team_id = o.team_id "
        "AND r.repository_id = o.repository_id AND o.repository_id = $1 AND o.added_by = 'provider'",
        (repository_id,),
    )
