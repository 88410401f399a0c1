"""Ask providers: whole histories, regular runs and redeliveries; questions that were given up, with the reason."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_runs",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("job", sa.String(length=16), nullable=False),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_provider_runs_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "provider", "host", "job", name=op.f("pk_provider_runs")),
    )
    op.create_table(
        "redeliveries",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_redeliveries_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "provider", "host", "delivery_key", name=op.f("pk_redeliveries")),
    )
    op.create_table(
        "history_readings",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("cursor", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("part", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("steps", sa.Integer(), server_default="0", nullable=False),
        sa.Column("records", sa.Integer(), server_default="0", nullable=False),
        sa.Column("differences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_history_readings_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "purpose", name=op.f("pk_history_readings")),
    )
    op.create_index(
        "ix_history_readings_due", "history_readings", ["next_attempt_at"], postgresql_where="state = 'waiting'"
    )
    op.add_column("enrichment_requests", sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("enrichment_requests", sa.Column("reason", sa.Text(), nullable=True))
    op.create_index(
        "ix_enrichment_requests_due",
        "enrichment_requests",
        ["requested_at"],
        postgresql_where="answered_at IS NULL AND given_up_at IS NULL",
    )


def downgrade() -> None:
    op.drop_index("ix_enrichment_requests_due", table_name="enrichment_requests")
    op.drop_column("enrichment_requests", "reason")
    op.drop_column("enrichment_requests", "given_up_at")
    op.drop_index("ix_history_readings_due", table_name="history_readings")
    op.drop_table("history_readings")
    op.drop_table("redeliveries")
    op.drop_table("provider_runs")
