"""Remember how much of a history could not be read, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("history_readings", sa.Column("left_out", sa.Integer(), server_default="0", nullable=False))
    op.add_column("history_readings", sa.Column("left_out_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("history_readings", "left_out_reason")
    op.drop_column("history_readings", "left_out")
