"""Take in Bitbucket: its usernames (the data model's own example), and where each repository's commits are shown."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("developers", sa.Column("bitbucket_username", sa.String(length=255), nullable=True))
    op.create_index("ix_developers_bitbucket", "developers", ["bitbucket_username"])
    op.add_column("repositories", sa.Column("commits_url", sa.Text(), nullable=True))
    op.execute(
        "UPDATE repositories SET commits_url = url || CASE provider WHEN 'gitlab' THEN '/-/commit/' ELSE '/commit/' END"
    )


def downgrade() -> None:
    op.drop_column("repositories", "commits_url")
    op.drop_index("ix_developers_bitbucket", table_name="developers")
    op.drop_column("developers", "bitbucket_username")
