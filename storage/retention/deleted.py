"""What was deleted long enough ago is gone for good, with everything that belongs to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.aggregates import AGGREGATES
from storage.continuous import find_stores
from storage.models import Base
from storage.retention.batches import delete_in_batches
from storage.retention.periods import Periods

# What is told elsewhere and only about a repository outlives it.
ABOUT = {("incidents", "named_repository_id"), ("incidents", "linked_repository_id")}


def _belonging_to(name: str, gone: str) -> Iterator[tuple[Table, str, str]]:
    """Tables with their column that names one of the rows `gone` of this table, and which rows these are; before each
    table those that refer to it."""
    for table in reversed(Base.metadata.sorted_tables):
        for column in table.columns:
            if any(key.column.table.name == name for key in column.foreign_keys):
                which = f"{column.name} IN ({gone})"
                if (table.name, column.name) not in ABOUT and "id" in table.columns:
                    yield from _belonging_to(table.name, f"SELECT id FROM {table.name} WHERE {which}")  # noqa: S608 (our names)
                yield table, column.name, which


async def drop_deleted(engine: AsyncEngine, periods: Periods, now: datetime) -> int:
    """Repositories and teams; audit logs after their own time."""
    cut = now - timedelta(days=periods.deleted_days)
    async with engine.connect() as connection:
        stores = {name: await find_stores(connection, name) for name in AGGREGATES}
    total = 0
    for name in ("repositories", "teams"):
        for table, column, which in _belonging_to(name, f"SELECT id FROM {name} WHERE deleted_at < :cut"):  # noqa: S608 (our names)
            if (table.name, column) in ABOUT:
                statement = text(f"UPDATE {table.name} SET {column} = NULL WHERE {which}")  # noqa: S608 (our names)
                async with engine.begin() as connection:
                    await connection.execute(statement, {"cut": cut})
                continue
            key = [one.name for one in table.primary_key]
            for store in stores.get(table.name, [table.name]):
                total += await delete_in_batches(engine, store, key, f"t.{which}", {"cut": cut})
        total += await delete_in_batches(engine, name, ("id",), "t.deleted_at < :cut", {"cut": cut})
    old = {"cut": now - timedelta(days=periods.audit_days)}
    return total + await delete_in_batches(engine, "audit_logs", ("id",), "t.at < :cut", old)
