"""Find in indexes what linking reads: pull requests whose words say something, and incidents that may be a repository's."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_incidents_service", "incidents", [sa.text("lower(service)")])
    op.create_index("ix_incidents_source", "incidents", [sa.text("split_part(provider_key, ':', 3)")])
    op.create_index("ix_incidents_sha", "incidents", ["sha"], postgresql_where=sa.text("sha IS NOT NULL"))
    op.create_index(
        "ix_incidents_deployment_key",
        "incidents",
        ["deployment_key"],
        postgresql_where=sa.text("deployment_key IS NOT NULL"),
    )
    op.create_index(
        "ix_pull_requests_speaking",
        "pull_requests",
        ["repository_id", "pr_number"],
        postgresql_where=sa.text("body ~* 'revert|reapply|hot-?fix'"),
    )


def downgrade() -> None:
    op.drop_index("ix_pull_requests_speaking", table_name="pull_requests")
    for name in ("deployment_key", "sha", "source", "service"):
        op.drop_index(f"ix_incidents_{name}", table_name="incidents")
