"""Forget people: keep digests of who was forgotten, so that later deliveries do not bring the names back."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forgotten_identities",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten_identities")),
    )


def downgrade() -> None:
    op.drop_table("forgotten_identities")
