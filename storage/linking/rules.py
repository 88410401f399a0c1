"""By which version of the rules a repository's numbers were counted.

What is derived is stored, so a version that derives otherwise finds numbers of the version before it: those it counts
again in the background (`storage/recounting.py`).
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Raise it in the change after which linking finds something else in the same facts, or an aggregate counts otherwise.
RULES = 3

# Of a repository that is new; and of one that a newer version counted: replicas of two versions run side by side while
# one replaces the other, and the newer has to count once more what the older one wrote after it.
NOTE = text("""
UPDATE repositories SET counted_by = :rules
WHERE id = ANY(CAST(:ids AS uuid[])) AND (counted_by IS NULL OR counted_by > :rules)
""")


async def note_rules(connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
    """That something of these was counted by this version's rules: all of it, only if nothing was counted before."""
    await connection.execute(NOTE, {"ids": list(repository_ids), "rules": RULES})
