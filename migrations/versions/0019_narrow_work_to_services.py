"""Narrow pull requests and commits to the services whose files they changed: keep which these are.

Linking fills it: a repository's at its next event, or when its services are set.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "touched_services",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_touched_services_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "kind", "key", "service", name=op.f("pk_touched_services")),
    )
    op.execute(
        "INSERT INTO links_due (repository_id) SELECT DISTINCT repository_id FROM services WHERE rules ? 'paths' "
        "ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    op.drop_table("touched_services")
