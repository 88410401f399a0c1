"""Put incidents down to any repository: by a commit, a service or a repository that they name, or by their source."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incident_services",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_incident_services_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_incident_services_repository_id")
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "source", "repository_id", "service", name=op.f("pk_incident_services")
        ),
    )
    op.create_index(op.f("ix_incident_services_repository_id"), "incident_services", ["repository_id"])
    op.add_column("incidents", sa.Column("named_repository_id", sa.Uuid(), nullable=True))
    op.add_column("incidents", sa.Column("linked_repository_id", sa.Uuid(), nullable=True))
    op.add_column(
        "incidents",
        sa.Column("told_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
    )
    op.create_foreign_key(
        op.f("fk_incidents_named_repository_id"), "incidents", "repositories", ["named_repository_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_incidents_linked_repository_id"), "incidents", "repositories", ["linked_repository_id"], ["id"]
    )
    op.execute("UPDATE incidents SET linked_repository_id = repository_id")
    op.create_index(op.f("ix_incidents_linked_repository_id"), "incidents", ["linked_repository_id"])
    op.create_index("ix_deployments_sha", "deployments", ["sha"])


def downgrade() -> None:
    op.drop_index("ix_deployments_sha", table_name="deployments")
    op.drop_index(op.f("ix_incidents_linked_repository_id"), table_name="incidents")
    op.drop_constraint(op.f("fk_incidents_linked_repository_id"), "incidents", type_="foreignkey")
    op.drop_constraint(op.f("fk_incidents_named_repository_id"), "incidents", type_="foreignkey")
    op.drop_column("incidents", "told_at")
    op.drop_column("incidents", "linked_repository_id")
    op.drop_column("incidents", "named_repository_id")
    op.drop_index(op.f("ix_incident_services_repository_id"), table_name="incident_services")
    op.drop_table("incident_services")
