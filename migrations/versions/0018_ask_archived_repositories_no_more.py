"""Ask archived repositories no more, and keep of each person one approval of a merge request: the first."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Their key ended with a time, which the API tells otherwise than webhooks.
OF_GITLAB = """FROM repositories AS repository WHERE repository.id = review.repository_id AND provider = 'gitlab'
    AND kind = 'approval' AND review.provider_key LIKE 'approval:%:____-__-__T%'"""
WITHOUT_TIME = r"regexp_replace(review.provider_key, ':\d{4}-\d\d-\d\dT.*$', '')"


def upgrade() -> None:
    op.add_column("repositories", sa.Column("archived_at", sa.DateTime(timezone=True)))
    execute = op.get_bind().exec_driver_sql
    execute(f"""
        DELETE FROM reviews USING (
            SELECT repository_id, pr_number, review.provider_key, row_number() OVER (
                PARTITION BY repository_id, pr_number, {WITHOUT_TIME} ORDER BY submitted_at, review.provider_key) AS place
            FROM reviews AS review JOIN repositories AS repository ON repository.id = repository_id
            WHERE provider = 'gitlab' AND kind = 'approval'
        ) AS numbered
        WHERE reviews.repository_id = numbered.repository_id AND reviews.pr_number = numbered.pr_number
            AND reviews.provider_key = numbered.provider_key AND place > 1
    """)  # noqa: S608 (constants)
    execute(f"UPDATE reviews AS review SET provider_key = {WITHOUT_TIME} {OF_GITLAB}")  # noqa: S608 (constants)


def downgrade() -> None:
    op.drop_column("repositories", "archived_at")
