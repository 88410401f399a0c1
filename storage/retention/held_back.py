"""Repositories whose details stay although their time is over, and why."""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking.horizon import settle
from storage.linking.reader import build_histories, read_tables
from storage.retention.horizons import monday_before
from storage.retention.periods import NEW_DAYS

# Horizons move every week; until then one is tried every hour.
LONG = timedelta(days=28)
BEHIND = text("""
    SELECT id, coalesce(frozen_before, first_event_at) AS since, count(*) OVER () AS repositories FROM repositories
    WHERE organization_id = :organization_id AND coalesce(frozen_before, first_event_at) < :long_before
        AND created_at < :new_since
    ORDER BY since, id LIMIT 1
""")


class HeldBack(NamedTuple):
    """`since`: the oldest details that are there, of the repository of this id."""

    repositories: int
    repository_id: UUID
    since: datetime
    # True: linking still needs them. False: nothing does, retention did not run.
    needed: bool


async def find_held_back(
    connection: AsyncConnection, organization_id: UUID, raw_days: int, now: datetime
) -> HeldBack | None:
    """None: no horizon is behind for long. The reason is that of the repository furthest behind."""
    cut = monday_before(now - timedelta(days=raw_days))
    parameters = {"organization_id": organization_id, "long_before": cut - LONG}
    parameters["new_since"] = now - timedelta(days=NEW_DAYS)
    row = (await connection.execute(BEHIND, parameters)).one_or_none()
    if row is None:
        return None
    history = build_histories(*await read_tables(connection, [row.id]))[0]
    needed = await asyncio.to_thread(settle, history, cut) is None
    return HeldBack(row.repositories, row.id, row.since, needed)
