"""Repositories whose links are older than their facts: in a flood, many batches are linked at once.

Linking recomputes a repository whole, so its cost by batch grows with history; the cost by flood does not.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

POSTPONE = text("""
INSERT INTO links_due (repository_id) SELECT unnest(CAST(:ids AS uuid[])) ORDER BY 1 ON CONFLICT DO NOTHING
""")
TAKE = text("DELETE FROM links_due RETURNING repository_id")
LIST = text("SELECT repository_id FROM links_due ORDER BY repository_id")
FORGET = text("DELETE FROM links_due WHERE repository_id = :id")


async def postpone_links(connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
    """Remember, in the transaction that wrote their facts, that these repositories are still to be linked."""
    if repository_ids:
        await connection.execute(POSTPONE, {"ids": list(repository_ids)})


async def take_due_links(connection: AsyncConnection) -> set[UUID]:
    """The repositories to be linked in this transaction; given back when it does not commit."""
    return set(await connection.scalars(TAKE))


async def list_due_links(connection: AsyncConnection) -> list[UUID]:
    return list(await connection.scalars(LIST))


async def forget_due_links(connection: AsyncConnection, repository_id: UUID) -> None:
    await connection.execute(FORGET, {"id": repository_id})
