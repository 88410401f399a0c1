"""Count lines that nobody knows as unknown, not as the largest number; continuous aggregates are made anew."""

import sqlalchemy as sa
from alembic import op

from storage.continuous import make_tables

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BUCKETS = {
    "daily_commit_stats": ("day", "commit_count, total_lines_added, total_lines_deleted"),
    "weekly_dora_metrics": ("week", "deployment_count, avg_duration, failed_count"),
    "monthly_commit_stats": ("month", "commit_count, total_lines_added, total_lines_deleted"),
    "monthly_dora_metrics": ("month", "deployment_count, avg_duration, failed_count"),
}


UNKNOWN = """
    UPDATE daily_commit_stats AS d SET total_{lines} = NULL WHERE total_{lines} = 2147483647 AND NOT EXISTS (
        SELECT FROM commits AS c WHERE c.repository_id = d.repository_id AND c.{lines} IS NOT NULL
        AND c.time >= d.day::timestamp AT TIME ZONE 'UTC' AND c.time < (d.day + 1)::timestamp AT TIME ZONE 'UTC');
    UPDATE monthly_commit_stats AS m SET total_{lines} = NULL WHERE total_{lines} = 2147483647 AND NOT EXISTS (
        SELECT FROM daily_commit_stats AS d WHERE d.repository_id = m.repository_id
        AND d.total_{lines} IS NOT NULL AND d.day >= m.month AND d.day < m.month + interval '1 month')
"""
# As the version before left them; `devmetrics migrate` makes them continuous again.
AS_TABLES = """
    INSERT INTO {name}_before ({bucket}, repository_id, {columns}) SELECT {bucket}, repository_id, {columns} FROM {name}
        ON CONFLICT DO NOTHING;
    DROP VIEW {name};
    ALTER TABLE {name}_before ALTER {bucket} TYPE date USING ({bucket} AT TIME ZONE 'UTC')::date;
    ALTER TABLE {name}_before RENAME TO {name};
    DROP MATERIALIZED VIEW {name}_live
"""


def upgrade() -> None:
    is_view = sa.text("SELECT relkind = 'v' FROM pg_class WHERE oid = to_regclass(:name)")
    for name, (bucket, columns) in BUCKETS.items():
        if op.get_bind().scalar(is_view, {"name": name}):
            run(AS_TABLES.format(name=name, bucket=bucket, columns=columns))
    for lines in ("lines_added", "lines_deleted"):
        run(UNKNOWN.format(lines=lines))


def run(statements: str) -> None:
    for statement in statements.split(";"):
        op.execute(statement)


def downgrade() -> None:
    # A view of this version is not what an older one would look for.
    make_tables(op.get_bind())
