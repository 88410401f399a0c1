"""All tables as plain values that two databases can be compared by."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import Base

# When something arrived, and what is about the delivery itself, may differ.
ARRIVAL = {"id", "created_at", "updated_at", "joined_at", "requested_at"}
# Linking asks how two commits compare while what would tell it has not arrived.
REQUESTS = Base.metadata.tables["enrichment_requests"]
IS_FACT = {REQUESTS.name: REQUESTS.c.kind != "compare"}
NO_FACTS = {"organizations", "webhook_deliveries", "provider_connections", "api_tokens", "audit_logs"}


async def dump(connection: AsyncConnection) -> dict[str, list[Any]]:
    """The rows of every table that has some, sorted; ids replaced by natural keys."""
    names = await natural_keys(connection)
    tables: dict[str, list[Any]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NO_FACTS and (rows := await rows_of(connection, table, names)):
            tables[table.name] = rows
    return tables


async def rows_of(connection: AsyncConnection, table: Table, names: dict[UUID, str]) -> list[Any]:
    columns = [column for column in table.c if column.name not in ARRIVAL]
    return sorted(
        (
            {
                column.name: names.get(value, value) if isinstance(value, UUID) else value
                for column, value in zip(columns, row, strict=True)
            }
            for row in await connection.execute(select(*columns).where(IS_FACT.get(table.name, true())))
        ),
        key=repr,
    )


async def natural_keys(connection: AsyncConnection) -> dict[UUID, str]:
    names: dict[UUID, str] = {}
    repositories = "SELECT id, concat_ws(' ', provider, host, provider_id, CASE WHEN host IS NULL THEN path END) "
    for statement in (
        repositories + "FROM repositories",
        "SELECT id, slug FROM teams",
        "SELECT id, slug FROM organizations",
    ):
        names.update((await connection.execute(text(statement))).all())
    identities: dict[UUID, list[str]] = defaultdict(list)
    told = text("SELECT developer_id, concat_ws(' ', provider, host, kind, value) FROM developer_identities")
    for developer, identity in await connection.execute(told):
        identities[developer].append(identity)
    names.update((developer, ", ".join(sorted(values))) for developer, values in identities.items())
    return names
