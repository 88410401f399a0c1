"""The aggregates where they are tables: counted again for the buckets a batch touched.

A bucket before its repository's horizon stands: the raw rows that it was counted from may be gone.
"""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

ARE_TABLES = sa.text("SELECT relkind = 'r' FROM pg_class WHERE oid = CAST('daily_commit_stats' AS regclass)")

# Counting sees what is committed when its statement begins: who counts the same bucket at the same time must wait for
# the other's commit first, or the later one writes a number without the earlier one's rows.
LOCK = sa.text("""
    SELECT pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT hashtextextended('aggregates:' || repository_id, 0) AS key
        FROM unnest(CAST(:repository_ids AS uuid[])) AS touched (repository_id) ORDER BY key
    ) AS keys
""")

# Merge commits and bots' commits are commits; merge commits add no lines. The columns are 32 bits wide: a sum beyond
# them stays at the largest, it must not stop the worker.
REFRESH_COMMITS = sa.text("""
    WITH touched AS (
        SELECT DISTINCT repository_id, day
        FROM unnest(CAST(:repository_ids AS uuid[]), CAST(:buckets AS date[])) AS touched (repository_id, day)
        JOIN repositories ON repositories.id = repository_id AND day >= coalesce(frozen_before, '-infinity')
    ),
    counted AS (
        SELECT touched.day, touched.repository_id, count(*) AS commit_count,
            sum(CASE WHEN is_merge THEN 0 ELSE lines_added END) AS added,
            sum(CASE WHEN is_merge THEN 0 ELSE lines_deleted END) AS deleted
        FROM touched JOIN commits ON commits.repository_id = touched.repository_id AND commits.on_default_branch
            AND commits.time >= touched.day::timestamp AT TIME ZONE 'UTC'
            AND commits.time < (touched.day + 1)::timestamp AT TIME ZONE 'UTC'
        GROUP BY touched.day, touched.repository_id
    ),
    emptied AS (
        DELETE FROM daily_commit_stats AS old USING touched
        WHERE old.day = touched.day AND old.repository_id = touched.repository_id
            AND (touched.day, touched.repository_id) NOT IN (SELECT day, repository_id FROM counted)
    )
    INSERT INTO daily_commit_stats AS old (day, repository_id, commit_count, total_lines_added, total_lines_deleted)
    SELECT day, repository_id, commit_count,
        CASE WHEN added > 2147483647 THEN 2147483647 ELSE added END,
        CASE WHEN deleted > 2147483647 THEN 2147483647 ELSE deleted END
    FROM counted
    ON CONFLICT (day, repository_id) DO UPDATE SET
        commit_count = excluded.commit_count,
        total_lines_added = excluded.total_lines_added,
        total_lines_deleted = excluded.total_lines_deleted
    WHERE (old.commit_count, old.total_lines_added, old.total_lines_deleted)
        IS DISTINCT FROM (excluded.commit_count, excluded.total_lines_added, excluded.total_lines_deleted)
""")

REFRESH_DEPLOYMENTS = sa.text("""
    WITH touched AS (
        SELECT DISTINCT repository_id, week
        FROM unnest(CAST(:repository_ids AS uuid[]), CAST(:buckets AS date[])) AS touched (repository_id, week)
        JOIN repositories ON repositories.id = repository_id AND week >= coalesce(frozen_before, '-infinity')
    ),
    counted AS (
        SELECT touched.week, touched.repository_id, count(*) AS deployment_count,
            CAST(avg(duration_seconds) AS double precision) AS avg_duration,
            count(*) FILTER (WHERE outcome = 'failed') AS failed_count
        FROM touched JOIN deployments ON deployments.repository_id = touched.repository_id
            AND deployments.environment = 'production' AND deployments.outcome IS NOT NULL
            AND deployments.time >= touched.week::timestamp AT TIME ZONE 'UTC'
            AND deployments.time < (touched.week + 7)::timestamp AT TIME ZONE 'UTC'
        GROUP BY touched.week, touched.repository_id
    ),
    emptied AS (
        DELETE FROM weekly_dora_metrics AS old USING touched
        WHERE old.week = touched.week AND old.repository_id = touched.repository_id
            AND (touched.week, touched.repository_id) NOT IN (SELECT week, repository_id FROM counted)
    )
    INSERT INTO weekly_dora_metrics AS old (week, repository_id, deployment_count, avg_duration, failed_count)
    SELECT week, repository_id, deployment_count, avg_duration, failed_count FROM counted
    ON CONFLICT (week, repository_id) DO UPDATE SET
        deployment_count = excluded.deployment_count,
        avg_duration = excluded.avg_duration,
        failed_count = excluded.failed_count
    WHERE (old.deployment_count, old.avg_duration, old.failed_count)
        IS DISTINCT FROM (excluded.deployment_count, excluded.avg_duration, excluded.failed_count)
""")


# Months of which any day may still change. Days outlive raw rows, and so do the rows of deployments.
REFRESH_MONTHS_OF_COMMITS = sa.text("""
    WITH touched AS (
        SELECT DISTINCT repository_id, month
        FROM unnest(CAST(:repository_ids AS uuid[]), CAST(:buckets AS date[])) AS touched (repository_id, month)
        JOIN repositories ON repositories.id = repository_id
            AND month + interval '1 month' > coalesce(frozen_before, '-infinity')
    ),
    counted AS (
        SELECT touched.month, touched.repository_id, sum(commit_count) AS commits, sum(total_lines_added) AS added,
            sum(total_lines_deleted) AS deleted
        FROM touched JOIN daily_commit_stats AS days ON days.repository_id = touched.repository_id
            AND days.day >= touched.month AND days.day < touched.month + interval '1 month'
        GROUP BY touched.month, touched.repository_id
    ),
    emptied AS (
        DELETE FROM monthly_commit_stats AS old USING touched
        WHERE old.month = touched.month AND old.repository_id = touched.repository_id
            AND (touched.month, touched.repository_id) NOT IN (SELECT month, repository_id FROM counted)
    )
    INSERT INTO monthly_commit_stats AS old (month, repository_id, commit_count, total_lines_added, total_lines_deleted)
    SELECT month, repository_id, commits,
        CASE WHEN added > 2147483647 THEN 2147483647 ELSE added END,
        CASE WHEN deleted > 2147483647 THEN 2147483647 ELSE deleted END
    FROM counted
    ON CONFLICT (month, repository_id) DO UPDATE SET
        commit_count = excluded.commit_count,
        total_lines_added = excluded.total_lines_added,
        total_lines_deleted = excluded.total_lines_deleted
    WHERE (old.commit_count, old.total_lines_added, old.total_lines_deleted)
        IS DISTINCT FROM (excluded.commit_count, excluded.total_lines_added, excluded.total_lines_deleted)
""")

REFRESH_MONTHS_OF_DEPLOYMENTS = sa.text("""
    WITH touched AS (
        SELECT DISTINCT repository_id, month
        FROM unnest(CAST(:repository_ids AS uuid[]), CAST(:buckets AS date[])) AS touched (repository_id, month)
        JOIN repositories ON repositories.id = repository_id
            AND month + interval '1 month' > coalesce(frozen_before, '-infinity')
    ),
    counted AS (
        SELECT touched.month, touched.repository_id, count(*) AS deployment_count,
            CAST(avg(duration_seconds) AS double precision) AS avg_duration,
            count(*) FILTER (WHERE outcome = 'failed') AS failed_count
        FROM touched JOIN deployments ON deployments.repository_id = touched.repository_id
            AND deployments.environment = 'production' AND deployments.outcome IS NOT NULL
            AND deployments.time >= touched.month::timestamp AT TIME ZONE 'UTC'
            AND deployments.time < (touched.month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
        GROUP BY touched.month, touched.repository_id
    ),
    emptied AS (
        DELETE FROM monthly_dora_metrics AS old USING touched
        WHERE old.month = touched.month AND old.repository_id = touched.repository_id
            AND (touched.month, touched.repository_id) NOT IN (SELECT month, repository_id FROM counted)
    )
    INSERT INTO monthly_dora_metrics AS old (month, repository_id, deployment_count, avg_duration, failed_count)
    SELECT month, repository_id, deployment_count, avg_duration, failed_count FROM counted
    ON CONFLICT (month, repository_id) DO UPDATE SET
        deployment_count = excluded.deployment_count,
        avg_duration = excluded.avg_duration,
        failed_count = excluded.failed_count
    WHERE (old.deployment_count, old.avg_duration, old.failed_count)
        IS DISTINCT FROM (excluded.deployment_count, excluded.avg_duration, excluded.failed_count)
""")


async def refresh(
    connection: AsyncConnection,
    commit_days: Collection[tuple[UUID, date]],
    deployment_weeks: Collection[tuple[UUID, date]],
) -> None:
    """Make the aggregates of these (repository, UTC day) and (repository, Monday of the UTC week) true.

    In the caller's transaction (READ COMMITTED), as its last step: it holds a lock per repository until the commit.
    Where they are continuous aggregates the server does it.
    """
    repositories = {repository for repository, _ in (*commit_days, *deployment_weeks)}
    if not repositories or not await connection.scalar(ARE_TABLES):
        return
    await connection.execute(LOCK, {"repository_ids": list(repositories)})
    for statement, buckets in (
        (REFRESH_COMMITS, commit_days),
        (REFRESH_MONTHS_OF_COMMITS, {(one, day.replace(day=1)) for one, day in commit_days}),
        (REFRESH_DEPLOYMENTS, deployment_weeks),
        (REFRESH_MONTHS_OF_DEPLOYMENTS, set(_months(deployment_weeks))),
    ):
        if buckets:
            repository_ids, days = zip(*buckets, strict=True)
            await connection.execute(statement, {"repository_ids": list(repository_ids), "buckets": list(days)})


def _months(weeks: Collection[tuple[UUID, date]]) -> Iterator[tuple[UUID, date]]:
    """The months that these weeks lie in, one or two each."""
    for repository, monday in weeks:
        yield repository, monday.replace(day=1)
        yield repository, (monday + timedelta(days=6)).replace(day=1)
