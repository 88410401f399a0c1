"""Let a connection have its name alone."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Two that were made in the same moment: the later one stays in use, under a name by which it can be removed.
    op.execute("""
        UPDATE provider_connections AS later SET name = concat(later.name, '-', left(later.id::text, 8))
        WHERE later.deleted_at IS NULL AND EXISTS (
            SELECT FROM provider_connections AS first
            WHERE first.organization_id = later.organization_id AND first.provider = later.provider
                AND first.host = later.host AND first.name = later.name AND first.deleted_at IS NULL
                AND (first.created_at, first.id) < (later.created_at, later.id))
    """)
    op.create_index(
        "ix_provider_connections_name",
        "provider_connections",
        ["organization_id", "provider", "host", "name"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_provider_connections_name", table_name="provider_connections")
