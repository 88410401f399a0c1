"""Tell people apart by hand, for good."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "developers_apart",
        sa.Column("developer_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["developer_id"], ["developers.id"], name=op.f("fk_developers_apart_developer_id")),
        sa.ForeignKeyConstraint(["other_id"], ["developers.id"], name=op.f("fk_developers_apart_other_id")),
        sa.PrimaryKeyConstraint("developer_id", "other_id", name=op.f("pk_developers_apart")),
    )
    op.create_index(op.f("ix_developers_apart_other_id"), "developers_apart", ["other_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_developers_apart_other_id"), table_name="developers_apart")
    op.drop_table("developers_apart")
