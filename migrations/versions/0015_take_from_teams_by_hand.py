"""Undo by hand what was added: keep who and what was taken from a team, so that no synchronization brings it back; and
when a token was used last."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column, referred in (
        ("removed_team_members", "developer_id", "developers"),
        ("removed_team_repositories", "repository_id", "repositories"),
    ):
        op.create_table(
            table,
            sa.Column("team_id", sa.Uuid(), nullable=False),
            sa.Column(column, sa.Uuid(), nullable=False),
            sa.Column("removed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
            sa.Column("removed_by", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f(f"fk_{table}_team_id")),
            sa.ForeignKeyConstraint([column], [f"{referred}.id"], name=op.f(f"fk_{table}_{column}")),
            sa.PrimaryKeyConstraint("team_id", column, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.add_column("teams", sa.Column("removed_by", sa.Text(), nullable=True))
    op.add_column("api_tokens", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("api_tokens", "last_used_at")
    op.drop_column("teams", "removed_by")
    op.drop_table("removed_team_repositories")
    op.drop_table("removed_team_members")
