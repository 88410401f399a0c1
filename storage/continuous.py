"""The aggregates as continuous ones of TimescaleDB's community edition.

A relation of the data model is a view there: what the server keeps up to date itself, and before it what had been
counted while the database was plain, of which the raw rows may be gone.
"""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine


class Aggregate(NamedTuple):
    bucket: str
    width: str
    columns: tuple[str, ...]
    # From the raw rows.
    select: str


_COMMITS = """
    CAST(count(*) AS integer) AS commit_count,
    CAST(least(sum(CASE WHEN is_merge THEN 0 ELSE lines_added END), 2147483647) AS integer) AS total_lines_added,
    CAST(least(sum(CASE WHEN is_merge THEN 0 ELSE lines_deleted END), 2147483647) AS integer) AS total_lines_deleted
    FROM commits WHERE on_default_branch
"""
_DEPLOYMENTS = """
    CAST(count(*) AS integer) AS deployment_count,
    CAST(avg(duration_seconds) AS double precision) AS avg_duration,
    CAST(count(*) FILTER (WHERE outcome = 'failed') AS integer) AS failed_count
    FROM deployments WHERE environment = 'production' AND outcome IS NOT NULL
"""
_OF_COMMITS = ("commit_count", "total_lines_added", "total_lines_deleted")
_OF_DEPLOYMENTS = ("deployment_count", "avg_duration", "failed_count")
AGGREGATES = {
    "daily_commit_stats": Aggregate("day", "1 day", _OF_COMMITS, _COMMITS),
    "weekly_dora_metrics": Aggregate("week", "7 days", _OF_DEPLOYMENTS, _DEPLOYMENTS),
    "monthly_commit_stats": Aggregate("month", "1 month", _OF_COMMITS, _COMMITS),
    "monthly_dora_metrics": Aggregate("month", "1 month", _OF_DEPLOYMENTS, _DEPLOYMENTS),
}
# Refreshing further back than raw rows are kept would count days whose rows are gone, and erase them: this stays below
# the 90 days of LEAST_RAW_DAYS. https://docs.tigerdata.com/use-timescale/latest/data-retention/data-retention-with-continuous-aggregates/
REFRESHED_DAYS = 83


# Made and refreshed outside of transactions; all of history once, before anything is ever dropped.
ALONE = (
    "DROP MATERIALIZED VIEW IF EXISTS {name}_live CASCADE",
    "CREATE MATERIALIZED VIEW {name}_live WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS "
    "SELECT time_bucket(INTERVAL '{width}', time) AS {bucket}, repository_id, {select} GROUP BY 1, 2 WITH NO DATA",
    "CALL refresh_continuous_aggregate('{name}_live', NULL, NULL)",
    "SELECT add_continuous_aggregate_policy('{name}_live', start_offset => INTERVAL '{days} days', "
    "end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour', if_not_exists => true)",
)
# What was counted before the horizon of its repository stays, the rest the continuous aggregate has.
TOGETHER = (
    "CREATE INDEX ix_{name}_live ON {name}_live (repository_id, {bucket})",
    "ALTER TABLE {name} RENAME TO {name}_before",
    "ALTER TABLE {name}_before ALTER {bucket} TYPE timestamptz USING {bucket}::timestamp AT TIME ZONE 'UTC'",
    "DELETE FROM {name}_before AS b USING repositories AS r WHERE r.id = b.repository_id "
    "AND b.{bucket} >= coalesce(r.frozen_before, '-infinity')",
    "CREATE VIEW {name} AS SELECT {bucket}, repository_id, {columns} FROM {name}_before UNION ALL "
    "SELECT {bucket}, repository_id, {columns} FROM {name}_live AS l WHERE NOT EXISTS (SELECT FROM {name}_before AS b "
    "WHERE b.{bucket} = l.{bucket} AND b.repository_id = l.repository_id)",
)
BACK = (
    "INSERT INTO {name}_before ({bucket}, repository_id, {columns}) SELECT {bucket}, repository_id, {columns} "
    "FROM {name} ON CONFLICT DO NOTHING",
    "DROP VIEW {name}",
    "ALTER TABLE {name}_before ALTER {bucket} TYPE date USING ({bucket} AT TIME ZONE 'UTC')::date",
    "ALTER TABLE {name}_before RENAME TO {name}",
    "DROP MATERIALIZED VIEW {name}_live",
)


def _filled(statements: tuple[str, ...], name: str) -> Iterator[sa.TextClause]:
    aggregate = AGGREGATES[name]
    for statement in statements:
        # Colons of casts are no parameters.
        filled = statement.format(
            name=name,
            bucket=aggregate.bucket,
            width=aggregate.width,
            columns=", ".join(aggregate.columns),
            select=aggregate.select,
            days=REFRESHED_DAYS,
        )
        yield sa.text(filled.replace("::", "\\:\\:"))


async def make_continuous(engine: AsyncEngine, name: str) -> None:
    """Put a continuous aggregate in the place of the table of this name. What the table counted and nobody can count
    again stays."""
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in _filled(ALONE, name):
            await alone.execute(statement)
    async with engine.begin() as connection:
        for statement in _filled(TOGETHER, name):
            await connection.execute(statement)


async def refresh_continuous(engine: AsyncEngine) -> None:
    """Count again what changed since, wherever all raw rows are still there: also what came for weeks long ago, which
    the server's own policy does not look at."""
    horizon = sa.text("SELECT max(frozen_before) FROM repositories")
    views = sa.text("SELECT view_name FROM timescaledb_information.continuous_aggregates")
    async with engine.connect() as connection:
        start = await connection.scalar(horizon)
        since = "NULL" if start is None else f"'{start.isoformat()}'"
        ours = {f"{name}_live" for name in AGGREGATES}
        found = sorted(ours & set(await connection.scalars(views)))
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for view in found:
            # Only the ranges that changed are counted.
            await alone.exec_driver_sql(f"CALL refresh_continuous_aggregate('{view}', {since}, NULL)")


def make_tables(connection: sa.Connection) -> None:
    """The way back, for a migration down: aggregates are tables again, with everything that they have now."""
    for name in AGGREGATES:
        kind = connection.scalar(sa.text("SELECT relkind FROM pg_class WHERE oid = to_regclass(:name)"), {"name": name})
        if kind in ("v", b"v"):
            for statement in _filled(BACK, name):
                connection.execute(statement)
