"""Know by which rules a repository was counted, so that a version with others counts it again in the background."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # By rules of a time before they had a number; a repository that comes from now on has nothing counted yet.
    op.add_column("repositories", sa.Column("counted_by", sa.Integer(), server_default="0", nullable=True))
    op.alter_column("repositories", "counted_by", server_default=None)


def downgrade() -> None:
    op.drop_column("repositories", "counted_by")
