"""Remember since when facts one by one, and weeks, are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("repositories", sa.Column("facts_since", sa.DateTime(timezone=True)))
    op.add_column("repositories", sa.Column("weeks_since", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("repositories", "weeks_since")
    op.drop_column("repositories", "facts_since")
