"""The aggregates as continuous ones of TimescaleDB's community edition.

A relation of the data model is a view there: what the server keeps up to date itself (`..._live`), and before it what
was counted by us (`..._counted`): buckets that a batch touched and the server has not counted again yet, and those of
which the raw rows are gone. A bucket leaves the second only when the first says the same for good.

That makes the view a real-time one: the server is not asked to count what it has not stored, since it would count the
commits that all repositories got today for each question, and then they would be found in `..._counted`.

`overrides` marks those of ours beside which the server has a number, or may come to have one: so of the years that only
we have, none is looked up for each bucket that the server has.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.aggregates import AGGREGATES
from storage.migrate import was_not_granted
from storage.moving import in_turn

# Refreshing further back than raw rows are kept would count days whose rows are gone, and erase them: this stays below
# the 90 days of LEAST_RAW_DAYS. https://docs.tigerdata.com/use-timescale/latest/data-retention/data-retention-with-continuous-aggregates/
REFRESHED_DAYS = 83
# What is still running is counted when it is asked for, so it is not stored as if it were over.
RUNNING = timedelta(hours=1)

# Whoever else refreshes an aggregate is waited for so long.
PATIENCE_SECONDS = 60

# Made and refreshed outside of transactions; all of history once, before anything is ever dropped. The server makes the
# index by repository and bucket itself.
ALONE = (
    "DROP MATERIALIZED VIEW IF EXISTS {name}_live",
    "CREATE MATERIALIZED VIEW {name}_live WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS "
    "SELECT time_bucket(INTERVAL '{width}', {time}) AS {bucket}, repository_id, {select} FROM {live_source} "
    "WHERE {condition} GROUP BY 1, 2 WITH NO DATA",
    "CALL refresh_continuous_aggregate('{name}_live', NULL, CAST('{until}' AS timestamptz))",
    "SELECT add_continuous_aggregate_policy('{name}_live', start_offset => INTERVAL '{days} days', "
    "end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour', if_not_exists => true)",
)
# What the server has for good: whole buckets of which all raw rows are there, within what was just refreshed.
CAUGHT_UP = (
    "DELETE FROM {name}_counted AS c USING repositories AS r WHERE r.id = c.repository_id "
    "AND c.{bucket} >= coalesce(r.frozen_before, '-infinity') "
    "AND c.{bucket} >= '{since}' AND c.{bucket} + INTERVAL '{width}' <= '{until}' "
    "AND CASE WHEN c.{count} = 0 THEN NOT EXISTS (SELECT FROM {name}_live AS l "
    "WHERE l.{bucket} = c.{bucket} AND l.repository_id = c.repository_id) "
    "ELSE EXISTS (SELECT FROM {name}_live AS l WHERE l.{bucket} = c.{bucket} AND l.repository_id = c.repository_id "
    "AND ({of_live}) IS NOT DISTINCT FROM ({of_counted})) END",
)
TOGETHER = (
    "ALTER TABLE {name} RENAME TO {name}_counted",
    "ALTER TABLE {name}_counted ALTER {bucket} TYPE timestamptz USING {bucket}::timestamp AT TIME ZONE 'UTC'",
)
# Also of one that an older version made.
SHOWN = (
    "ALTER TABLE {name}_counted ADD COLUMN IF NOT EXISTS overrides boolean NOT NULL DEFAULT true",
    "CREATE OR REPLACE VIEW {name} AS SELECT {bucket}, repository_id, {columns} FROM {name}_counted WHERE {count} > 0 "
    "UNION ALL SELECT {bucket}, repository_id, {columns} FROM {name}_live AS l WHERE NOT EXISTS (SELECT "
    "FROM {name}_counted AS c WHERE c.overrides AND c.{bucket} = l.{bucket} AND c.repository_id = l.repository_id)",
    "ALTER MATERIALIZED VIEW {name}_live SET (timescaledb.materialized_only = true)",
)
# What the server just counted of rows that came after their time was over, and that nobody dropped yet: we did not.
TOO_LATE = (
    "DELETE FROM {store} AS l USING repositories AS r WHERE r.id = l.repository_id "
    "AND l.{bucket} + INTERVAL '{width}' <= r.frozen_before AND NOT EXISTS (SELECT FROM {name}_counted AS c "
    "WHERE c.{bucket} = l.{bucket} AND c.repository_id = l.repository_id)",
)
# Of a time that is never counted again, and the server has nothing of it.
SETTLED = (
    "UPDATE {name}_counted AS c SET overrides = false FROM repositories AS r WHERE r.id = c.repository_id "
    "AND c.overrides AND c.{bucket} + INTERVAL '{width}' <= r.frozen_before AND NOT EXISTS (SELECT FROM {name}_live "
    "AS l WHERE l.{bucket} = c.{bucket} AND l.repository_id = c.repository_id)",
)
# The last step of all: where this index is, everything is as it should be.
OVERRIDING = "ix_{name}_overrides"
FOUND_FAST = (
    f"CREATE INDEX IF NOT EXISTS {OVERRIDING} ON {{name}}_counted ({{bucket}}, repository_id) WHERE overrides",
    "ANALYZE {name}_counted",
)
# Of all, before anything else: who reads one waits from then on, and not later for something that waits for it.
ASIDE = ("ALTER VIEW {name} RENAME TO {name}_whole",)
BACK = (
    "INSERT INTO {name}_counted ({bucket}, repository_id, {columns}) SELECT {bucket}, repository_id, {columns} "
    "FROM {name}_live AS l WHERE NOT EXISTS (SELECT FROM {name}_counted AS c "
    "WHERE c.{bucket} = l.{bucket} AND c.repository_id = l.repository_id)",
    "DELETE FROM {name}_counted WHERE {count} = 0",
    "DROP VIEW {name}_whole",
    # One that an older version made has none.
    "ALTER TABLE {name}_counted DROP COLUMN IF EXISTS overrides",
    "ALTER TABLE {name}_counted ALTER {bucket} TYPE date USING ({bucket} AT TIME ZONE 'UTC')::date",
    "ALTER TABLE {name}_counted RENAME TO {name}",
)
# Last, because it keeps those from writing who write what was counted.
GONE = ("DROP MATERIALIZED VIEW {name}_live",)


def _filled(
    statements: tuple[str, ...],
    name: str,
    since: datetime | None = None,
    until: datetime | None = None,
    columns: str | None = None,
    store: str = "",
) -> Iterator[sa.TextClause]:
    aggregate = AGGREGATES[name]
    source = aggregate.source
    for statement in statements:
        # Colons of casts are no parameters.
        filled = statement.format(
            name=name,
            bucket=aggregate.bucket,
            width=aggregate.width,
            time=aggregate.time,
            live_source=f"{source}_live" if source in AGGREGATES else source,
            condition=aggregate.condition,
            count=aggregate.number,
            columns=columns or aggregate.names,
            store=store,
            select=aggregate.select,
            of_live=", ".join(f"l.{column}" for column in aggregate.columns),
            of_counted=", ".join(f"c.{column}" for column in aggregate.columns),
            days=REFRESHED_DAYS,
            since=since.isoformat() if since else "-infinity",
            until=until.isoformat() if until else "-infinity",
        )
        yield sa.text(filled.replace(":", "\\:"))


async def is_continuous(connection: AsyncConnection, name: str) -> bool:
    """Whether this aggregate is a view over a continuous one."""
    query = sa.text("SELECT relkind = 'v' FROM pg_class WHERE oid = to_regclass(:name)")
    return bool(await connection.scalar(query, {"name": name}))


async def is_as_now(connection: AsyncConnection, name: str) -> bool:
    """Whether it is continuous as this version makes it."""
    query = sa.text("SELECT to_regclass(:index) IS NOT NULL")
    index = OVERRIDING.format(name=name)
    return await is_continuous(connection, name) and bool(await connection.scalar(query, {"index": index}))


async def make_continuous(engine: AsyncEngine, name: str) -> AsyncIterator[float]:
    """Put a continuous aggregate in the place of the table of this name. What the table counted and nobody can count
    again stays. Yields which part is done, 0 to 1."""
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        made, until = await is_continuous(alone, name), await _over(alone)
        for number, statement in enumerate(() if made else _filled(ALONE, name, until=until), start=1):
            await alone.execute(statement)
            yield number / (len(ALONE) + 2)
    # Of one that is there each by itself: who reads the view must not wait for what waits for it.
    for statements in [(one,) for one in SHOWN] if made else [(*TOGETHER, *SHOWN)]:
        await in_turn(engine, _carry_out, name, [*_filled(statements, name, until=until)], made)
    # In the view our rows go before the server's: that some are still there changes no number.
    yield (len(ALONE) + 1) / (len(ALONE) + 2)
    async with engine.begin() as connection:
        steps = (*SETTLED, *FOUND_FAST)
        for statement in _filled(steps if made else (*CAUGHT_UP, *steps), name, until=until):
            await connection.execute(statement)


async def _carry_out(connection: AsyncConnection, name: str, statements: Iterable[sa.TextClause], made: bool) -> None:
    for statement in statements:
        await connection.execute(statement)
    if not made:
        [_, store] = await find_stores(connection, name)
        for statement in _filled(TOO_LATE, name, store=store):
            await connection.execute(statement)


async def refresh_continuous(engine: AsyncEngine) -> None:
    """Count again what changed since, wherever all raw rows are still there: also what came for weeks long ago, which
    the server's own policy does not look at. Only the ranges that changed are counted. Nothing where aggregates are
    tables."""
    horizon = sa.text("SELECT max(frozen_before) FROM repositories")
    async with engine.connect() as connection:
        made = [name for name in AGGREGATES if await is_continuous(connection, name)]
        since, until = await connection.scalar(horizon), await _over(connection)
    for name in made:
        # A range without a whole bucket is an error.
        if since is not None and since + 2 * AGGREGATES[name].longest > until:
            continue
        async with engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            begin = "NULL" if since is None else f"'{since.isoformat()}'"
            call = f"CALL refresh_continuous_aggregate('{name}_live', {begin}, '{until.isoformat()}')"
            await _when_free(alone, call)
            for statement in _filled((*CAUGHT_UP, *SETTLED), name, since, until):
                await alone.execute(statement)


async def _when_free(alone: AsyncConnection, call: str) -> None:
    """Whoever refreshes it meanwhile, the server by its policy or another process, makes ours an error."""
    for left in reversed(range(PATIENCE_SECONDS)):
        try:
            await alone.exec_driver_sql(call)
        except DBAPIError as error:
            if not was_not_granted(error) or not left:
                raise
            await asyncio.sleep(1)
        else:
            return


async def find_stores(connection: AsyncConnection, name: str) -> list[str]:
    """The tables that hold the rows of this aggregate: itself, or what we and the server counted."""
    query = sa.text(
        "SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name) "
        "FROM timescaledb_information.continuous_aggregates WHERE view_name = :live"
    )
    if not await is_continuous(connection, name):
        return [name]
    return [f"{name}_counted", *await connection.scalars(query, {"live": f"{name}_live"})]


def make_tables(connection: sa.Connection) -> None:
    """The way back, for a migration: aggregates are tables again, with everything that they have now. Their columns are
    those of the database: this version's may be others."""
    stored = sa.text(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE NOT attisdropped "
        "AND attrelid = to_regclass(:name) AND attnum > 0 AND attname NOT IN ('repository_id', 'overrides', :bucket)"
    )
    kind = sa.text("SELECT relkind FROM pg_class WHERE oid = to_regclass(:name)")
    # Those of months are made of those of days.
    made = [name for name in reversed(AGGREGATES) if connection.scalar(kind, {"name": name}) in ("v", b"v")]
    for name in made:
        for statement in _filled(ASIDE, name):
            connection.execute(statement)
    for name in made:
        columns = connection.scalar(stored, {"name": f"{name}_counted", "bucket": AGGREGATES[name].bucket})
        for statement in _filled(BACK, name, columns=columns):
            connection.execute(statement)
    for name in made:
        for statement in _filled(GONE, name):
            connection.execute(statement)


async def _over(connection: AsyncConnection) -> datetime:
    """Until when nothing runs any more; by the database's clock."""
    now: datetime = (await connection.execute(sa.text("SELECT now()"))).scalar_one()
    return now - RUNNING
