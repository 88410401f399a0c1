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
# What a repository costs to link grows with these.
ROWS = """(SELECT count(*) FROM pushes WHERE pushes.repository_id = {id})
    + (SELECT count(*) FROM pull_requests WHERE pull_requests.repository_id = {id})"""
# What is done in the background takes so many repositories in a transaction, fewer if they have more rows together,
# and at least one: what it locks, how long deliveries wait for it and what is lost when it dies are bounded.
MOST_REPOSITORIES, MOST_ROWS = 20, 3000
BOUNDED = f"""SELECT id FROM (
        SELECT id, sum({ROWS.format(id="free.id")}) OVER earlier AS before FROM free
        WINDOW earlier AS (ORDER BY id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW)
    ) AS sized WHERE coalesce(before, 0) < {MOST_ROWS}"""  # noqa: S608 (constants)
# Whoever writes a due row holds the lock of its repository. One that a batch holds is left: that batch links it itself
# or leaves it due again, and to wait for it, with repositories of one's own in hand, is to wait in a circle.
TAKE, TAKE_SOME = (
    text(f"""
        WITH free AS MATERIALIZED (
            SELECT id FROM repositories WHERE id IN (SELECT repository_id FROM links_due)
                AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(CAST(:ids AS uuid[])))
                AND id <> ALL(CAST(:except_for AS uuid[]))
            ORDER BY id LIMIT {most} FOR NO KEY UPDATE SKIP LOCKED
        )
        DELETE FROM links_due WHERE repository_id IN ({which}) RETURNING repository_id
    """)  # noqa: S608 (constants)
    for most, which in (("ALL", "SELECT id FROM free"), (MOST_REPOSITORIES, BOUNDED))
)
FORGET = text("DELETE FROM links_due WHERE repository_id = :id")


async def postpone_links(connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
    """Remember that these are still to be linked, in the transaction that wrote their facts and so has their locks."""
    if repository_ids:
        await connection.execute(POSTPONE, {"ids": list(repository_ids)})


async def take_due_links(
    connection: AsyncConnection,
    repository_ids: Collection[UUID] | None = None,
    *,
    except_for: Collection[UUID] = (),
    bounded: bool = False,
) -> set[UUID]:
    """The repositories (of these, or of all) to be linked in this transaction, or of many some; given back when it does
    not commit."""
    ids = None if repository_ids is None else list(repository_ids)
    statement = TAKE_SOME if bounded else TAKE
    return set(await connection.scalars(statement, {"ids": ids, "except_for": list(except_for)}))


async def forget_due_links(connection: AsyncConnection, repository_id: UUID) -> None:
    await connection.execute(FORGET, {"id": repository_id})
