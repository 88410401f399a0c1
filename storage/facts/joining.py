"""Two developers turn out to be one person: everything that points to one of them points to the other."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.apart import join_apart
from storage.facts.removals import join_removals

# Who wrote what decides whether a review counts, so its links may differ afterwards.
LINKED = (
    ("commits", "author_id"),
    ("pull_requests", "author_id"),
    ("reviews", "reviewer_id"),
    ("review_requests", "developer_id"),
    ("deployments", "deployed_by"),
)


async def join_developers(connection: AsyncConnection, joined: Mapping[UUID, UUID]) -> set[UUID]:
    """Give what belongs to each key of `joined` to its value and remove the key. Returns the repositories concerned.

    Whoever found a developer holds a lock on one of its identities until its facts are written, so changing all
    identities first waits for them; later ones find the new developer.
    """
    pairs = "unnest($1::uuid[], $2::uuid[]) AS pair(gone, kept)"
    arrays = (list(joined), list(joined.values()))
    await connection.exec_driver_sql(
        f"UPDATE developer_identities t SET developer_id = kept FROM {pairs} WHERE t.developer_id = gone",  # noqa: S608 (constants)
        arrays,
    )
    # A writer of one of these repositories must not bring back a developer that it read before.
    concerned = " UNION ".join(
        f"SELECT repository_id FROM {table} WHERE {column} = ANY($1::uuid[])"  # noqa: S608 (constants)
        for table, column in LINKED
    )
    await connection.exec_driver_sql(
        f"SELECT id FROM repositories WHERE id IN ({concerned}) ORDER BY id FOR NO KEY UPDATE",  # noqa: S608 (constants)
        (list(joined),),
    )
    touched: set[UUID] = set()
    for table, column in LINKED:
        changed = await connection.exec_driver_sql(
            f"UPDATE {table} t SET {column} = kept FROM {pairs} WHERE t.{column} = gone RETURNING t.repository_id",  # noqa: S608 (constants)
            arrays,
        )
        touched.update(changed.scalars())
    await connection.exec_driver_sql(
        "INSERT INTO team_members (team_id, developer_id, role, joined_at, added_by) "  # noqa: S608 (constants)
        "SELECT team_id, kept, min(role), min(joined_at), min(added_by) "
        f"FROM team_members JOIN {pairs} ON developer_id = gone GROUP BY team_id, kept "
        "ON CONFLICT (team_id, developer_id) DO UPDATE SET role = least(team_members.role, excluded.role), "
        "joined_at = least(team_members.joined_at, excluded.joined_at), "
        # 'person' comes before 'provider': what a person added stays.
        "added_by = least(team_members.added_by, excluded.added_by)",
        arrays,
    )
    await join_removals(connection, joined)
    await join_apart(connection, joined)
    await connection.exec_driver_sql("DELETE FROM team_members WHERE developer_id = ANY($1::uuid[])", (arrays[0],))
    await connection.exec_driver_sql("DELETE FROM developers WHERE id = ANY($1::uuid[])", (arrays[0],))
    return touched
