"""Deleting much without holding anybody up: some thousand rows at a time, each batch its own transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

AT_ONCE = 5000


async def delete_in_batches(
    engine: AsyncEngine, table: str, key: Sequence[str], condition: str, parameters: Mapping[str, Any]
) -> int:
    """Delete the rows of `table` (as `t` in the condition), found by their key: a hypertable has no other name for a
    row. Returns how many."""
    names = ", ".join(key)
    same = " AND ".join(f"d.{name} = old.{name}" for name in key)
    statement = sa.text(
        f"WITH old AS (SELECT {names} FROM {table} AS t WHERE {condition} LIMIT :at_once) "  # noqa: S608 (our own names)
        f"DELETE FROM {table} AS d USING old WHERE {same}"
    )
    total = 0
    while True:
        async with engine.begin() as connection:
            count = (await connection.execute(statement, {**parameters, "at_once": AT_ONCE})).rowcount
        total += count
        if count < AT_ONCE:
            return total
