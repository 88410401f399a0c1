"""Developers whom a person told apart: what shows them together joins them no more."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.columns import fetch

# Both ways round.
Apart = Collection[tuple[UUID, UUID]]


async def read_apart(connection: AsyncConnection, developers: Collection[UUID]) -> Apart:
    """The pairs among these."""
    rows = await fetch(
        connection,
        "SELECT developer_id, other_id FROM developers_apart "
        "WHERE developer_id = ANY($1::uuid[]) AND other_id = ANY($1::uuid[])",
        list(developers),
    )
    return {(one, other) for one, other in rows}


async def keep_apart(connection: AsyncConnection, one: UUID, other: UUID) -> None:
    await connection.exec_driver_sql(
        "INSERT INTO developers_apart (developer_id, other_id) VALUES ($1, $2), ($2, $1) ON CONFLICT DO NOTHING",
        (one, other),
    )


async def join_apart(connection: AsyncConnection, joined: Mapping[UUID, UUID]) -> None:
    """Whoever was told apart from one that is joined is apart from the one that is kept."""
    arrays = (list(joined), list(joined.values()))
    await connection.exec_driver_sql(
        "WITH pair AS (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS pair(gone, kept)) "
        "INSERT INTO developers_apart (developer_id, other_id) "
        "SELECT DISTINCT coalesce(one.kept, developer_id), coalesce(other.kept, other_id) FROM developers_apart "
        "LEFT JOIN pair AS one ON one.gone = developer_id LEFT JOIN pair AS other ON other.gone = other_id "
        "WHERE coalesce(one.kept, developer_id) <> coalesce(other.kept, other_id) ON CONFLICT DO NOTHING",
        arrays,
    )
    await connection.exec_driver_sql(
        "DELETE FROM developers_apart WHERE developer_id = ANY($1::uuid[]) OR other_id = ANY($1::uuid[])", (arrays[0],)
    )
