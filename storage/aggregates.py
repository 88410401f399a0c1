"""The aggregates of the data model: what each counts, and counting again the buckets that a batch touched.

A bucket stands as soon as rows that it was counted from may be gone: days before their repository's horizon, weeks and
months of deployments before the facts that are kept.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


class Aggregate(NamedTuple):
    bucket: str
    width: str
    # What is counted, by which of its columns, and which rows of it.
    source: str
    time: str
    condition: str
    # Name and expression; the first counts the rows.
    columns: Mapping[str, str]
    # Which buckets can be counted again.
    open: str

    @property
    def number(self) -> str:
        return next(iter(self.columns))

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    @property
    def select(self) -> str:
        return ", ".join(f"{expression} AS {name}" for name, expression in self.columns.items())

    @property
    def longest(self) -> timedelta:
        number, unit = self.width.split()
        return timedelta(days=int(number) * (31 if unit == "month" else 1))


def _lines(lines: str) -> str:
    """The columns are 32 bits wide: a sum beyond them stays at the largest, it must not stop the worker."""
    return f"CAST(CASE WHEN sum({lines}) > 2147483647 THEN 2147483647 ELSE sum({lines}) END AS integer)"


_DAYS_OPEN = "touched.bucket >= coalesce(frozen_before, '-infinity')"
# Days outlive raw rows.
_MONTHS_OPEN = "touched.bucket + interval '1 month' > coalesce(frozen_before, '-infinity')"
# So do deployments, and what is said of one that nothing replaced yet counts however old it is.
_DEPLOYMENTS_OPEN = "touched.bucket >= coalesce(facts_since, '-infinity')"
# Merge commits and bots' commits are commits; merge commits add no lines.
_COMMITS = {
    "commit_count": "CAST(count(*) AS integer)",
    "total_lines_added": _lines("CASE WHEN is_merge THEN 0 ELSE lines_added END"),
    "total_lines_deleted": _lines("CASE WHEN is_merge THEN 0 ELSE lines_deleted END"),
}
_DAYS = {
    "commit_count": "CAST(coalesce(sum(commit_count), 0) AS integer)",
    "total_lines_added": _lines("total_lines_added"),
    "total_lines_deleted": _lines("total_lines_deleted"),
}
_DEPLOYMENTS = {
    "deployment_count": "CAST(count(*) AS integer)",
    "avg_duration": "CAST(avg(duration_seconds) AS double precision)",
    "failed_count": "CAST(count(*) FILTER (WHERE outcome = 'failed') AS integer)",
}
_FINISHED = "environment = 'production' AND outcome IS NOT NULL"
# In the order in which they are counted.
AGGREGATES = {
    "daily_commit_stats": Aggregate("day", "1 day", "commits", "time", "on_default_branch", _COMMITS, _DAYS_OPEN),
    "weekly_dora_metrics": Aggregate(
        "week", "7 days", "deployments", "time", _FINISHED, _DEPLOYMENTS, _DEPLOYMENTS_OPEN
    ),
    "monthly_commit_stats": Aggregate("month", "1 month", "daily_commit_stats", "day", "true", _DAYS, _MONTHS_OPEN),
    "monthly_dora_metrics": Aggregate(
        "month", "1 month", "deployments", "time", _FINISHED, _DEPLOYMENTS, _DEPLOYMENTS_OPEN
    ),
}

ARE_TABLES = sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(:names)")

# Counting sees what is committed when its statement begins: who counts the same bucket at the same time must wait for
# the other's commit first, or the later one writes a number without the earlier one's rows.
LOCK = sa.text("""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended('aggregates:' || repository_id, 0) AS key
        FROM unnest(CAST(:repository_ids AS uuid[])) AS touched (repository_id) ORDER BY key
    ) AS keys
""")
COUNTED = """
    WITH touched AS (
        SELECT DISTINCT repository_id, bucket, bucket::timestamp AT TIME ZONE 'UTC' AS since,
            (bucket + interval '{width}') AT TIME ZONE 'UTC' AS until
        FROM unnest(CAST(:repository_ids AS uuid[]), CAST(:buckets AS date[])) AS touched (repository_id, bucket)
        JOIN repositories ON repositories.id = repository_id AND {open}
    ),
    counted AS (
        SELECT touched.*, found.* FROM touched CROSS JOIN LATERAL (
            SELECT {select} FROM {source} WHERE {source}.repository_id = touched.repository_id
                AND {source}.{time} >= touched.since AND {source}.{time} < touched.until AND {condition}
        ) AS found
    )
"""
EMPTIED = """,
    emptied AS (
        DELETE FROM {name} AS old USING counted
        WHERE old.{bucket} = counted.bucket AND old.repository_id = counted.repository_id AND {count} = 0
    )
"""
STORED = """
    INSERT INTO {table} AS old ({bucket}, repository_id, {names}) SELECT {stored}, repository_id, {names} FROM counted
    WHERE {kept} ON CONFLICT ({bucket}, repository_id) DO UPDATE SET {new} WHERE ({of_old}) IS DISTINCT FROM ({of_new})
"""


def _refresh(name: str, *, table: bool) -> sa.TextClause:
    """Beside a continuous aggregate (`storage/continuous.py`) an empty bucket is a row that says so."""
    aggregate = AGGREGATES[name]
    columns = aggregate.columns
    statement = (COUNTED + EMPTIED if table else COUNTED) + STORED
    filled = statement.format(
        **aggregate._asdict(),
        name=name,
        count=f"counted.{aggregate.number}",
        names=aggregate.names,
        select=aggregate.select,
        table=name if table else f"{name}_counted",
        stored="bucket" if table else "since",
        kept=f"{aggregate.number} > 0" if table else "true",
        new=", ".join(f"{column} = excluded.{column}" for column in columns),
        of_old=", ".join(f"old.{column}" for column in columns),
        of_new=", ".join(f"excluded.{column}" for column in columns),
    )
    return sa.text(filled.replace("::", "\\:\\:"))


# All buckets that rows or counts of these repositories lie in, as far as they can be counted again.
LISTED = """
    SELECT DISTINCT repository_id, bucket FROM ({found}) AS found JOIN repositories ON repositories.id = repository_id
    WHERE bucket + interval '1 month' > coalesce(frozen_before, '-infinity')
"""
STORED_BUCKETS = "SELECT repository_id, {bucket} AS bucket FROM {name} WHERE repository_id = ANY(CAST(:ids AS uuid[]))"
# Of a continuous aggregate those that we counted: the server finds by itself which of its own have changed.
OUR_BUCKETS = """
    SELECT repository_id, CAST({bucket} AT TIME ZONE 'UTC' AS date) AS bucket FROM {name}_counted
    WHERE repository_id = ANY(CAST(:ids AS uuid[]))
"""
RAW_BUCKETS = """
    SELECT repository_id, CAST(date_trunc('{trunc}', {time} AT TIME ZONE 'UTC') AS date) FROM {source}
    WHERE repository_id = ANY(CAST(:ids AS uuid[])) AND {condition}
"""
OF_TABLES = {name: _refresh(name, table=True) for name in AGGREGATES}
BESIDE_CONTINUOUS = {name: _refresh(name, table=False) for name in AGGREGATES}


async def refresh(
    connection: AsyncConnection,
    commit_days: Collection[tuple[UUID, date]],
    deployment_weeks: Collection[tuple[UUID, date]],
) -> None:
    """Make the aggregates of these (repository, UTC day) and (repository, Monday of the UTC week) true.

    In the caller's transaction (READ COMMITTED), as its last step: it holds a lock per repository until the commit.
    """
    repositories = {repository for repository, _ in (*commit_days, *deployment_weeks)}
    if not repositories:
        return
    await connection.execute(LOCK, {"repository_ids": list(repositories)})
    tables = set(await connection.scalars(ARE_TABLES, {"names": list(AGGREGATES)}))
    for name, buckets in (
        ("daily_commit_stats", commit_days),
        ("monthly_commit_stats", {(one, day.replace(day=1)) for one, day in commit_days}),
        ("weekly_dora_metrics", deployment_weeks),
        ("monthly_dora_metrics", set(_months(deployment_weeks))),
    ):
        if buckets:
            repository_ids, days = zip(*buckets, strict=True)
            statement = OF_TABLES[name] if name in tables else BESIDE_CONTINUOUS[name]
            await connection.execute(statement, {"repository_ids": list(repository_ids), "buckets": list(days)})


async def list_buckets(
    connection: AsyncConnection, repository_ids: Collection[UUID]
) -> tuple[set[tuple[UUID, date]], set[tuple[UUID, date]]]:
    """The days of commits and the weeks of deployments, as `refresh` wants them, by which it counts again everything
    of these repositories that can be: what is there and what was counted, months with them."""
    tables = set(await connection.scalars(ARE_TABLES, {"names": list(AGGREGATES)}))
    found: dict[str, set[tuple[UUID, date]]] = {"commits": set(), "deployments": set()}
    for name, trunc, source in (
        ("daily_commit_stats", "day", "commits"),
        ("monthly_commit_stats", "", "commits"),
        ("weekly_dora_metrics", "week", "deployments"),
        ("monthly_dora_metrics", "", "deployments"),
    ):
        parts = [STORED_BUCKETS if name in tables else OUR_BUCKETS]
        if trunc and name in tables:
            parts.append(RAW_BUCKETS)
        union = " UNION ".join(parts).format(**AGGREGATES[name]._asdict(), name=name, trunc=trunc)
        rows = await connection.execute(sa.text(LISTED.format(found=union)), {"ids": list(repository_ids)})
        found[source].update((row[0], row[1]) for row in rows)
    weeks = {(one, day - timedelta(days=day.weekday())) for one, day in found["deployments"]}
    return found["commits"], weeks


def _months(weeks: Collection[tuple[UUID, date]]) -> Iterator[tuple[UUID, date]]:
    """The months that these weeks lie in, one or two each."""
    for repository, monday in weeks:
        yield repository, monday.replace(day=1)
        yield repository, (monday + timedelta(days=6)).replace(day=1)
