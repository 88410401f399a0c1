"""What was deleted long enough ago is gone for good, with everything that belongs to it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.aggregates import AGGREGATES
from storage.continuous import find_stores
from storage.facts.forgotten import lock_forgetting
from storage.models import Base
from storage.retention.batches import delete_in_batches
from storage.retention.periods import Periods

# What is told elsewhere and only about a repository outlives it.
ABOUT = {("incidents", "named_repository_id"), ("incidents", "linked_repository_id")}
# Who did what is kept for a time of its own, and the organization's name with it.
AUDIT = "audit_logs"
UNAUDITED = "NOT EXISTS (SELECT FROM audit_logs AS a WHERE a.organization_id = t.id)"
GONE: tuple[tuple[str, str], ...] = (
    ("repositories", "t.deleted_at < :cut"),
    ("teams", "t.deleted_at < :cut"),
    ("organizations", f"t.deleted_at < :cut AND {UNAUDITED}"),
)
# Its word is free for a new one.
FREE_SLUG = text("""
    UPDATE organizations SET slug = concat(left(slug, 200), '-deleted-', id)
    WHERE deleted_at < :cut AND NOT starts_with(reverse(slug), reverse(concat('-deleted-', id)))
""")
# What tells people apart is no trace of what they did.
OF_PEOPLE = ("developer_identities", "developers_apart", "removed_team_members")
# Forgotten by hand; or, where an organization is dropped, whom nothing has named since it was removed.
OVER = """(d.deleted_at < :cut OR greatest(d.created_at,
    (SELECT max(seen_at) FROM developer_identities AS i WHERE i.developer_id = d.id)
) < (SELECT max(deleted_at) FROM organizations WHERE deleted_at < :cut))"""


def _belonging_to(name: str, gone: str) -> Iterator[tuple[Table, str, str]]:
    """Tables with their column that names one of the rows `gone` of this table, and which rows these are; before each
    table those that refer to it."""
    for table in reversed(Base.metadata.sorted_tables):
        for column in table.columns:
            if table.name != AUDIT and any(key.column.table.name == name for key in column.foreign_keys):
                which = f"{column.name} IN ({gone})"
                if (table.name, column.name) not in ABOUT and "id" in table.columns:
                    yield from _belonging_to(table.name, f"SELECT id FROM {table.name} WHERE {which}")  # noqa: S608 (our names)
                yield table, column.name, which


async def drop_deleted(engine: AsyncEngine, periods: Periods, now: datetime) -> int:
    """Repositories, teams, organizations and people; audit logs after their own time."""
    cut = now - timedelta(days=periods.deleted_days)
    old = {"cut": now - timedelta(days=periods.audit_days)}
    total = await delete_in_batches(engine, "audit_logs", ("id",), "t.at < :cut", old)
    for name, condition in GONE:
        any_gone = text(f"SELECT EXISTS (SELECT FROM {name} WHERE deleted_at < :cut)")  # noqa: S608 (our names)
        async with engine.connect() as connection:
            found = await connection.scalar(any_gone, {"cut": cut})
        if found:
            if name == "organizations":
                async with engine.begin() as connection:
                    await connection.execute(FREE_SLUG, {"cut": cut})
            total += await _drop_belongings(engine, name, cut)
            total += await delete_in_batches(engine, name, ("id",), condition, {"cut": cut})
    async with engine.begin() as connection:
        return total + await _drop_people(connection, cut)


async def _drop_belongings(engine: AsyncEngine, name: str, cut: datetime) -> int:
    async with engine.connect() as connection:
        stores = {one: await find_stores(connection, one) for one in AGGREGATES}
    total = 0
    for table, column, which in _belonging_to(name, f"SELECT id FROM {name} WHERE deleted_at < :cut"):  # noqa: S608 (our names)
        if (table.name, column) in ABOUT:
            statement = text(f"UPDATE {table.name} SET {column} = NULL WHERE {which}")  # noqa: S608 (our names)
            async with engine.begin() as connection:
                await connection.execute(statement, {"cut": cut})
            continue
        key = [one.name for one in table.primary_key]
        for store in stores.get(table.name, [table.name]):
            total += await delete_in_batches(engine, store, key, f"t.{which}", {"cut": cut})
    return total


async def _drop_people(connection: AsyncConnection, cut: datetime) -> int:
    """They go when nothing that they did is left. Some were forgotten by hand, and these are few."""
    nothing = "".join(
        f" AND NOT EXISTS (SELECT FROM {table.name} WHERE {column.name} = d.id)"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if table.name not in OF_PEOPLE and any(key.column.table.name == "developers" for key in column.foreign_keys)
    )
    over = f"SELECT id FROM developers AS d WHERE {OVER}{nothing}"  # noqa: S608 (our names)
    ids = list(await connection.scalars(text(over), {"cut": cut}))
    if not ids:
        return 0
    # Whoever writes facts may be about to write another of theirs.
    await lock_forgetting(connection)
    ids = list(await connection.scalars(text(over), {"cut": cut}))
    for name in OF_PEOPLE:
        columns = [column.name for column in Base.metadata.tables[name].columns if column.foreign_keys]
        named = " OR ".join(f"{one} = ANY(:ids)" for one in columns if one != "team_id")
        await connection.execute(text(f"DELETE FROM {name} WHERE {named}"), {"ids": ids})  # noqa: S608 (our names)
    return (await connection.execute(text("DELETE FROM developers WHERE id = ANY(:ids)"), {"ids": ids})).rowcount
