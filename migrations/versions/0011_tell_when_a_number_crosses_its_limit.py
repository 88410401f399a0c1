"""tell when a number crosses its limit."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("metric", sa.String(length=32), nullable=False),
        sa.Column("above", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("crossed_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_alerts_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_alerts_channel",
        "alerts",
        ["channel_id", "team_id", "metric"],
        unique=True,
        postgresql_where="deleted_at IS NULL",
    )
    op.add_column("digest_runs", sa.Column("alert_id", sa.Uuid(), nullable=True))
    op.alter_column("digest_runs", "subscription_id", existing_type=sa.UUID(), nullable=True)
    op.create_unique_constraint(
        op.f("uq_digest_runs_alert_id_scheduled_for"), "digest_runs", ["alert_id", "scheduled_for"]
    )
    op.create_foreign_key(op.f("fk_digest_runs_alert_id"), "digest_runs", "alerts", ["alert_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_digest_runs_of_one"), "digest_runs", "(subscription_id IS NULL) <> (alert_id IS NULL)"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_digest_runs_of_one"), "digest_runs", type_="check")
    # An older version knows digests only.
    op.execute("DELETE FROM digest_runs WHERE alert_id IS NOT NULL")
    op.drop_constraint(op.f("fk_digest_runs_alert_id"), "digest_runs", type_="foreignkey")
    op.drop_constraint(op.f("uq_digest_runs_alert_id_scheduled_for"), "digest_runs", type_="unique")
    op.alter_column("digest_runs", "subscription_id", existing_type=sa.UUID(), nullable=False)
    op.drop_column("digest_runs", "alert_id")
    op.drop_index("ix_alerts_channel", table_name="alerts")
    op.drop_table("alerts")
