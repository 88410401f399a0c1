"""post details in a digest's thread."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("digest_runs", sa.Column("kind", sa.String(length=16), server_default="digest", nullable=False))
    op.drop_constraint(op.f("uq_digest_runs_subscription_id_scheduled_for"), "digest_runs", type_="unique")
    op.create_unique_constraint(
        op.f("uq_digest_runs_subscription_id_scheduled_for_kind"),
        "digest_runs",
        ["subscription_id", "scheduled_for", "kind"],
    )


def downgrade() -> None:
    # An older version knows digests only.
    op.execute("DELETE FROM digest_runs WHERE kind <> 'digest'")
    op.drop_constraint(op.f("uq_digest_runs_subscription_id_scheduled_for_kind"), "digest_runs", type_="unique")
    op.create_unique_constraint(
        op.f("uq_digest_runs_subscription_id_scheduled_for"), "digest_runs", ["subscription_id", "scheduled_for"]
    )
    op.drop_column("digest_runs", "kind")
