"""Keep what makes a deployment one: its source, the class and service it names itself; and what settings say."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("commits", sa.Column("paths", postgresql.ARRAY(sa.Text()), nullable=True))
    op.add_column(
        "deployments", sa.Column("source", sa.String(length=16), server_default="deployments", nullable=False)
    )
    op.add_column("deployments", sa.Column("environment_told", sa.String(length=16), nullable=True))
    op.add_column("deployments", sa.Column("named_service", sa.Text(), nullable=True))
    op.add_column("deployments", sa.Column("task", sa.Text(), nullable=True))
    op.add_column("deployments", sa.Column("workflow", sa.Text(), nullable=True))
    op.add_column("deployments", sa.Column("job", sa.Text(), nullable=True))
    # Until now the class was decided when a status arrived: it is all that is left of the provider's word.
    op.execute("UPDATE deployments SET environment_told = environment")
    op.alter_column("deployments", "environment", server_default="development")
    op.add_column(
        "repository_settings",
        sa.Column("workflows", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "repository_settings",
        sa.Column("counted_environments", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("repository_settings", "counted_environments")
    op.drop_column("repository_settings", "workflows")
    op.alter_column("deployments", "environment", server_default=None)
    op.drop_column("deployments", "job")
    op.drop_column("deployments", "workflow")
    op.drop_column("deployments", "task")
    op.drop_column("deployments", "named_service")
    op.drop_column("deployments", "environment_told")
    op.drop_column("deployments", "source")
    op.drop_column("commits", "paths")
