"""Counting again what an older version's rules counted: links, outcomes and aggregates, some repositories at a time.

A repository is counted whole in one transaction, and only that marks it as counted: when the process dies, nothing was
done or all of it, and any process goes on with the next one. What a horizon froze stands.
"""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.aggregates import list_buckets, refresh
from storage.linking import relink
from storage.linking.due import BOUNDED, MOST_REPOSITORIES
from storage.linking.rules import RULES

# One that a batch holds is left for later: it must not wait for us, nor we for it.
TAKE = text(f"""
WITH free AS MATERIALIZED (
    SELECT id FROM repositories WHERE counted_by < :rules
        AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(CAST(:ids AS uuid[]))) AND id <> ALL(CAST(:except_for AS uuid[]))
    ORDER BY id LIMIT {MOST_REPOSITORIES} FOR NO KEY UPDATE SKIP LOCKED
)
{BOUNDED}
""")  # noqa: S608 (constants)
COUNTED = text("UPDATE repositories SET counted_by = :rules WHERE id = ANY(CAST(:ids AS uuid[]))")
PROGRESS = text("""
SELECT count(*) FILTER (WHERE counted_by < :rules), count(*) FROM repositories WHERE counted_by IS NOT NULL
""")


class Progress(NamedTuple):
    """In repositories that have numbers."""

    outdated: int
    all: int


async def take_outdated(
    connection: AsyncConnection, repository_ids: Collection[UUID] | None = None, *, except_for: Collection[UUID] = ()
) -> set[UUID]:
    """Some repositories (of these, or of all) to be counted again in this transaction, which has them locked."""
    ids = None if repository_ids is None else list(repository_ids)
    return set(await connection.scalars(TAKE, {"rules": RULES, "ids": ids, "except_for": list(except_for)}))


async def count_again(connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
    """Count everything of these that is derived, by the rules of this version, in the transaction that took them."""
    if not repository_ids:
        return
    weeks = await relink(connection, repository_ids)
    days, every_week = await list_buckets(connection, repository_ids)
    await refresh(connection, days, weeks | every_week)
    await connection.execute(COUNTED, {"ids": list(repository_ids), "rules": RULES})


async def find_progress(connection: AsyncConnection) -> Progress:
    return Progress._make((await connection.execute(PROGRESS, {"rules": RULES})).one())
