"""Fill the months from the days and deployments there are; going down, make tables of continuous aggregates."""

from alembic import op

from storage.continuous import make_tables

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        INSERT INTO monthly_commit_stats
        SELECT CAST(date_trunc('month', CAST(day AS timestamp)) AS date), repository_id, sum(commit_count),
            least(sum(total_lines_added), 2147483647), least(sum(total_lines_deleted), 2147483647)
        FROM daily_commit_stats GROUP BY 1, 2 ON CONFLICT DO NOTHING
        """
    )
    op.execute(
        """
        INSERT INTO monthly_dora_metrics
        SELECT CAST(date_trunc('month', time AT TIME ZONE 'UTC') AS date), repository_id, count(*), avg(duration_seconds),
            count(*) FILTER (WHERE outcome = 'failed')
        FROM deployments WHERE environment = 'production' AND outcome IS NOT NULL GROUP BY 1, 2 ON CONFLICT DO NOTHING
        """
    )


def downgrade() -> None:
    # With TimescaleDB's community edition they are views: older versions know tables only.
    make_tables(op.get_bind())
