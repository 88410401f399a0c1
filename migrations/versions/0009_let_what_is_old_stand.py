"""Let what is old stand: horizons of repositories, frozen rows, and old commits that something open still needs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carried_commits",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("on_default_branch", sa.Boolean(), nullable=False),
        sa.Column("is_merge", sa.Boolean(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("paths", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_carried_commits_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "commit_sha", name=op.f("pk_carried_commits")),
    )
    op.add_column("repositories", sa.Column("frozen_before", sa.DateTime(timezone=True), nullable=True))
    op.add_column("commit_keys", sa.Column("settled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("pull_requests", sa.Column("frozen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("deployments", sa.Column("frozen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "monthly_commit_stats",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("commit_count", sa.Integer(), nullable=False),
        sa.Column("total_lines_added", sa.Integer(), nullable=True),
        sa.Column("total_lines_deleted", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_monthly_commit_stats_repository_id")
        ),
        sa.PrimaryKeyConstraint("month", "repository_id", name=op.f("pk_monthly_commit_stats")),
    )
    op.create_index("ix_monthly_commit_stats_repository_id_month", "monthly_commit_stats", ["repository_id", "month"])
    op.create_table(
        "monthly_dora_metrics",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_count", sa.Integer(), nullable=False),
        sa.Column("avg_duration", sa.Float(), nullable=True),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_monthly_dora_metrics_repository_id")
        ),
        sa.PrimaryKeyConstraint("month", "repository_id", name=op.f("pk_monthly_dora_metrics")),
    )
    op.create_index("ix_monthly_dora_metrics_repository_id_month", "monthly_dora_metrics", ["repository_id", "month"])


def downgrade() -> None:
    op.drop_table("monthly_dora_metrics")
    op.drop_table("monthly_commit_stats")
    op.drop_column("deployments", "frozen")
    op.drop_column("pull_requests", "frozen")
    op.drop_column("commit_keys", "settled")
    op.drop_column("repositories", "frozen_before")
    op.drop_table("carried_commits")
