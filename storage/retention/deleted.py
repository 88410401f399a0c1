"""What was deleted long enough ago is gone for good, with everything that belongs to it."""

from datetime import datetime, timedelta

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.models import Base
from storage.retention.batches import delete_in_batches
from storage.retention.periods import Periods

TABLES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")


def _belonging_to(name: str) -> list[tuple[Table, str]]:
    """Tables (those that refer to others first) with their column that names a row of this one."""
    return [
        (table, column.name)
        for table in reversed(Base.metadata.sorted_tables)
        for column in table.columns
        if any(key.column.table.name == name for key in column.foreign_keys)
    ]


async def drop_deleted(engine: AsyncEngine, periods: Periods, now: datetime) -> int:
    """Repositories and teams; audit logs after their own time."""
    cut = now - timedelta(days=periods.deleted_days)
    async with engine.connect() as connection:
        tables = set(await connection.scalars(TABLES))
    total = 0
    for name in ("repositories", "teams"):
        for table, column in _belonging_to(name):
            if table.name in tables:
                key = [one.name for one in table.primary_key]
                condition = f"t.{column} IN (SELECT id FROM {name} WHERE deleted_at < :cut)"  # noqa: S608 (our names)
                total += await delete_in_batches(engine, table.name, key, condition, {"cut": cut})
        total += await delete_in_batches(engine, name, ("id",), "t.deleted_at < :cut", {"cut": cut})
    old = {"cut": now - timedelta(days=periods.audit_days)}
    return total + await delete_in_batches(engine, "audit_logs", ("id",), "t.at < :cut", old)
