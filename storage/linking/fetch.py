"""Reading many rows of several repositories."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

Rows = dict[UUID, list[tuple[Any, ...]]]


async def fetch(connection: AsyncConnection, statement: str, repository_ids: Sequence[UUID]) -> Rows:
    """The rows of each repository, without their first column, its id; `$1` are the ids.

    From the driver itself: rows of SQLAlchemy's own cost as much again. The connection must have executed something
    before, for that begins its transaction.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    rows: Rows = defaultdict(list)
    for row in await driver.fetch(statement, repository_ids):
        rows[row[0]].append(row[1:])
    return rows
