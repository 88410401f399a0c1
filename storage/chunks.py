"""How much time a chunk of a hypertable spans."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.moving import in_turn

LENGTH = sa.text(
    "SELECT time_interval FROM timescaledb_information.dimensions WHERE hypertable_schema = current_schema() "
    "AND hypertable_name = :table"
)
SET_LENGTH = sa.text("SELECT set_chunk_time_interval(CAST(:table AS regclass), CAST(:length AS interval))")
CHUNKS = sa.text(
    "SELECT format('%I.%I', chunk_schema, chunk_name), range_start, range_end FROM timescaledb_information.chunks "
    "WHERE hypertable_schema = current_schema() AND hypertable_name = :table ORDER BY range_start"
)
# Since 2.18, and not in the Apache edition.
CAN_MERGE = sa.text("SELECT to_regprocedure('merge_chunks(regclass[])') IS NOT NULL")
MERGE = sa.text("CALL merge_chunks(CAST(CAST(:chunks AS text[]) AS regclass[]))")


class Chunk(NamedTuple):
    name: str
    since: datetime
    until: datetime


async def lengthen_chunks(engine: AsyncEngine, table: str, length: timedelta, *, merge: bool) -> None:
    """Of a hypertable that an older version cut into shorter chunks: those to come are longer, and those that are there
    are merged, if they can be. Nothing where they are as long."""
    await in_turn(engine, _lengthen, table, length, merge)


async def _lengthen(connection: AsyncConnection, table: str, length: timedelta, merge: bool) -> None:
    if (await connection.execute(LENGTH, {"table": table})).scalar_one() == length:
        return
    if merge and await connection.scalar(CAN_MERGE):
        chunks = [Chunk._make(row) for row in await connection.execute(CHUNKS, {"table": table})]
        for group in neighbours(chunks, length):
            await connection.execute(MERGE, {"chunks": [chunk.name for chunk in group]})
    await connection.execute(SET_LENGTH, {"table": table, "length": length})


def neighbours(chunks: Iterable[Chunk], longest: timedelta) -> list[list[Chunk]]:
    """Those (in order of time) that lie next to each other, as many together as are not longer than that."""
    groups: list[list[Chunk]] = []
    for chunk in chunks:
        if groups and groups[-1][-1].until == chunk.since and chunk.until - groups[-1][0].since <= longest:
            groups[-1].append(chunk)
        else:
            groups.append([chunk])
    return [group for group in groups if len(group) > 1]
