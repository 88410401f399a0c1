"""What versions before revision 0017 made of a database of TimescaleDB, word for word: what they left is upgraded.

Without the indexes of the continuous aggregates, which go with these.
"""

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.timescale import Kind, find_kind
from tests.server import install_timescale

HYPERTABLES = {"commits": "7 days", "pull_requests": "180 days", "deployments": "180 days"}
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
_OF_COMMITS = "commit_count, total_lines_added, total_lines_deleted"
_OF_DEPLOYMENTS = "deployment_count, avg_duration, failed_count"
AGGREGATES = {
    "daily_commit_stats": ("day", "1 day", _OF_COMMITS, _COMMITS),
    "weekly_dora_metrics": ("week", "7 days", _OF_DEPLOYMENTS, _DEPLOYMENTS),
    "monthly_commit_stats": ("month", "1 month", _OF_COMMITS, _COMMITS),
    "monthly_dora_metrics": ("month", "1 month", _OF_DEPLOYMENTS, _DEPLOYMENTS),
}
ALONE = (
    "CREATE MATERIALIZED VIEW {name}_live WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS "
    "SELECT time_bucket(INTERVAL '{width}', time) AS {bucket}, repository_id, {select} GROUP BY 1, 2 WITH NO DATA",
    "CALL refresh_continuous_aggregate('{name}_live', NULL, NULL)",
    "SELECT add_continuous_aggregate_policy('{name}_live', start_offset => INTERVAL '83 days', "
    "end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour', if_not_exists => true)",
)
TOGETHER = (
    "ALTER TABLE {name} RENAME TO {name}_before",
    "ALTER TABLE {name}_before ALTER {bucket} TYPE timestamptz USING {bucket}::timestamp AT TIME ZONE 'UTC'",
    "DELETE FROM {name}_before AS b USING repositories AS r WHERE r.id = b.repository_id "
    "AND b.{bucket} >= coalesce(r.frozen_before, '-infinity')",
    "CREATE VIEW {name} AS SELECT {bucket}, repository_id, {columns} FROM {name}_before UNION ALL "
    "SELECT {bucket}, repository_id, {columns} FROM {name}_live AS l WHERE NOT EXISTS (SELECT FROM {name}_before AS b "
    "WHERE b.{bucket} = l.{bucket} AND b.repository_id = l.repository_id)",
)


async def use_timescale_as_before(engine: AsyncEngine) -> Kind:
    await install_timescale(engine)
    for table, interval in HYPERTABLES.items():
        async with engine.begin() as connection:
            await connection.exec_driver_sql(
                f"SELECT create_hypertable('{table}', by_range('time', INTERVAL '{interval}'), "
                "migrate_data => true, if_not_exists => true, create_default_indexes => false)"
            )
    async with engine.connect() as connection:
        kind = await find_kind(connection)
    if kind is Kind.COMMUNITY:
        for name, (bucket, width, columns, select) in AGGREGATES.items():
            parts = {"name": name, "bucket": bucket, "width": width, "columns": columns, "select": select}
            async with engine.connect() as connection:
                alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
                for statement in ALONE:
                    await alone.exec_driver_sql(statement.format_map(parts))
            async with engine.begin() as connection:
                for statement in TOGETHER:
                    await connection.exec_driver_sql(statement.format_map(parts))
    return kind
