"""Answer teams of many repositories from indexes alone."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STAGES = [
    "lines_added",
    "lines_deleted",
    "review_comments",
    "first_commit_at",
    "ready_at",
    "first_review_at",
    "shipped_at",
]


def upgrade() -> None:
    with op.get_context().autocommit_block():
        replace(
            "ix_pull_requests_merged",
            "pull_requests",
            ["repository_id", "merged_at"],
            "state = 'merged'",
            [*STAGES, "is_change", "is_bot", "pr_number", "time"],
        )
        replace(
            "ix_pull_requests_closed", "pull_requests", ["repository_id", "closed_at"], "state = 'closed'", ["time"]
        )
        replace(
            "ix_deployments_production",
            "deployments",
            ["repository_id", "finished_at"],
            "environment = 'production' AND finished_at IS NOT NULL",
            ["outcome", "unplanned", "service", "environment_name"],
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        replace("ix_pull_requests_merged", "pull_requests", ["repository_id", "merged_at"], "merged_at IS NOT NULL", [])
        replace("ix_pull_requests_closed", "pull_requests", ["repository_id", "closed_at"], "closed_at IS NOT NULL", [])
        replace(
            "ix_deployments_production",
            "deployments",
            ["repository_id", "finished_at"],
            "environment = 'production' AND finished_at IS NOT NULL",
            [],
        )


def replace(name: str, table: str, columns: list[str], condition: str, included: list[str]) -> None:
    """Without keeping anybody from writing: of a hypertable, one chunk after the other."""
    # https://docs.tigerdata.com/api/latest/hypertable/create_index/
    chunks = is_hypertable(table)
    op.drop_index(name, table_name=table, postgresql_concurrently=not chunks, if_exists=True)
    op.create_index(
        name,
        table,
        columns,
        postgresql_where=sa.text(condition),
        postgresql_include=included,
        postgresql_concurrently=not chunks,
        postgresql_with={"timescaledb.transaction_per_chunk": "true"} if chunks else {},
    )


def is_hypertable(table: str) -> bool:
    bind = op.get_bind()
    if bind.scalar(sa.text("SELECT to_regclass('timescaledb_information.hypertables')")) is None:
        return False
    query = sa.text("SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name = :table")
    return bool(bind.scalar(query, {"table": table}))
