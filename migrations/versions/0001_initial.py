"""All tables of the data model."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "developers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("github_username", sa.String(length=255), nullable=True),
        sa.Column("gitlab_username", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_developers")),
        sa.UniqueConstraint("email", name=op.f("uq_developers_email")),
    )
    op.create_index(op.f("ix_developers_github_username"), "developers", ["github_username"], unique=False)
    op.create_index(op.f("ix_developers_gitlab_username"), "developers", ["gitlab_username"], unique=False)
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizations_slug")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_api_tokens_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "audit_logs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_audit_logs_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_logs")),
    )
    op.create_index(op.f("ix_audit_logs_at"), "audit_logs", ["at"], unique=False)
    op.create_table(
        "developer_identities",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("developer_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["developer_id"], ["developers.id"], name=op.f("fk_developer_identities_developer_id")),
        sa.PrimaryKeyConstraint("provider", "host", "kind", "value", name=op.f("pk_developer_identities")),
    )
    op.create_index(
        op.f("ix_developer_identities_developer_id"), "developer_identities", ["developer_id"], unique=False
    )
    op.create_table(
        "installations",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("suspended", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_installations_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "provider", "host", "provider_id", name=op.f("pk_installations")),
    )
    op.create_table(
        "provider_connections",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_provider_connections_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_connections")),
    )
    op.create_table(
        "repositories",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("provider_id", sa.String(length=255), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("default_branch", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("first_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_created_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_repositories_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repositories")),
    )
    op.create_index(
        "ix_repositories_path",
        "repositories",
        ["organization_id", "provider", sa.literal_column("lower(path)")],
        unique=False,
    )
    op.create_index(
        "ix_repositories_provider_key",
        "repositories",
        ["organization_id", "provider", "host", "provider_id"],
        unique=True,
        postgresql_where="provider_id IS NOT NULL",
    )
    op.create_table(
        "teams",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("added_by", sa.String(length=16), server_default="provider", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_teams_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("organization_id", "slug", name=op.f("uq_teams_organization_id_slug")),
    )
    op.create_index(
        "ix_teams_provider_key",
        "teams",
        ["organization_id", "provider", "host", "provider_id"],
        unique=True,
        postgresql_where="provider_id IS NOT NULL",
    )
    op.create_table(
        "changes",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("first_commit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("unplanned_kind", sa.String(length=16), nullable=True),
        sa.Column("old_commits_left_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_changes_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "kind", "key", name=op.f("pk_changes")),
    )
    op.create_index("ix_changes_merged_at", "changes", ["repository_id", "merged_at"], unique=False)
    op.create_table(
        "commit_keys",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_commit_keys_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "commit_sha", name=op.f("pk_commit_keys")),
    )
    op.create_table(
        "commits",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("author_identity", sa.Text(), nullable=True),
        sa.Column("lines_added", sa.Integer(), nullable=True),
        sa.Column("lines_deleted", sa.Integer(), nullable=True),
        sa.Column("files_changed", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("time_source", sa.String(length=8), nullable=False),
        sa.Column("on_default_branch", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_merge", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["developers.id"], name=op.f("fk_commits_author_id")),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_commits_repository_id")),
        sa.PrimaryKeyConstraint("time", "repository_id", "commit_sha", name=op.f("pk_commits")),
    )
    op.create_index(op.f("ix_commits_author_id"), "commits", ["author_id"], unique=False)
    op.create_index(
        "ix_commits_counted",
        "commits",
        ["repository_id", "time"],
        unique=False,
        postgresql_where="on_default_branch",
        postgresql_include=["lines_added", "lines_deleted", "is_bot", "is_merge"],
    )
    op.create_index("ix_commits_repository_id_time", "commits", ["repository_id", "time"], unique=False)
    op.create_table(
        "daily_commit_stats",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("commit_count", sa.Integer(), nullable=False),
        sa.Column("total_lines_added", sa.Integer(), nullable=True),
        sa.Column("total_lines_deleted", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_daily_commit_stats_repository_id")
        ),
        sa.PrimaryKeyConstraint("day", "repository_id", name=op.f("pk_daily_commit_stats")),
    )
    op.create_index(
        "ix_daily_commit_stats_repository_id_day", "daily_commit_stats", ["repository_id", "day"], unique=False
    )
    op.create_table(
        "deployment_evidence",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decides", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_deployment_evidence_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "provider_key", "kind", "source", name=op.f("pk_deployment_evidence")),
    )
    op.create_table(
        "deployment_keys",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_deployment_keys_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "provider_key", name=op.f("pk_deployment_keys")),
    )
    op.create_table(
        "deployment_marks",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_deployment_marks_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "provider_key", "at", "mark", name=op.f("pk_deployment_marks")),
    )
    op.create_table(
        "deployments",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("environment", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("deployed_by", sa.Uuid(), nullable=True),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("environment_name", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), server_default="", nullable=False),
        sa.Column("sha", sa.String(length=64), nullable=True),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("deployed_by_identity", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts_recovery", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("unplanned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rollback", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["deployed_by"], ["developers.id"], name=op.f("fk_deployments_deployed_by")),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_deployments_repository_id")),
        sa.PrimaryKeyConstraint("time", "repository_id", "provider_key", name=op.f("pk_deployments")),
    )
    op.create_index(op.f("ix_deployments_deployed_by"), "deployments", ["deployed_by"], unique=False)
    op.create_index(
        "ix_deployments_production",
        "deployments",
        ["repository_id", "finished_at"],
        unique=False,
        postgresql_where="environment = 'production' AND finished_at IS NOT NULL",
    )
    op.create_index(
        "ix_deployments_recovered",
        "deployments",
        ["repository_id", "recovered_at"],
        unique=False,
        postgresql_where="environment = 'production' AND counts_recovery",
    )
    op.create_index("ix_deployments_repository_id_time", "deployments", ["repository_id", "time"], unique=False)
    op.create_table(
        "digest_subscriptions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("local_time", sa.String(length=5), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_digest_subscriptions_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscriptions")),
    )
    op.create_index(
        "ix_digest_subscriptions_channel",
        "digest_subscriptions",
        ["channel_id", "team_id"],
        unique=True,
        postgresql_where="deleted_at IS NULL",
    )
    op.create_table(
        "enrichment_requests",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_enrichment_requests_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "kind", "subject", name=op.f("pk_enrichment_requests")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("deployment_key", sa.Text(), nullable=True),
        sa.Column("sha", sa.Text(), nullable=True),
        sa.Column("labels", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_incident", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_incidents_organization_id")),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_incidents_repository_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(
        "ix_incidents_key",
        "incidents",
        ["organization_id", "provider", "repository_id", "provider_key"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(op.f("ix_incidents_repository_id"), "incidents", ["repository_id"], unique=False)
    op.create_table(
        "link_notes",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_link_notes_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "kind", "subject", name=op.f("pk_link_notes")),
    )
    op.create_index("ix_link_notes_at", "link_notes", ["repository_id", "at"], unique=False)
    op.create_table(
        "links_due",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_links_due_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_links_due")),
    )
    op.create_table(
        "pull_request_commits",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("commit_sha", sa.String(length=64), nullable=False),
        sa.Column("authored_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_pull_request_commits_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "pr_number", "commit_sha", name=op.f("pk_pull_request_commits")),
    )
    op.create_table(
        "pull_request_events",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_pull_request_events_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "pr_number", "kind", "at", name=op.f("pk_pull_request_events")),
    )
    op.create_table(
        "pull_request_keys",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_pull_request_keys_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "pr_number", name=op.f("pk_pull_request_keys")),
    )
    op.create_table(
        "pull_requests",
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lines_added", sa.Integer(), nullable=True),
        sa.Column("lines_deleted", sa.Integer(), nullable=True),
        sa.Column("review_comments", sa.Integer(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("author_identity", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("draft", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("base_ref", sa.Text(), nullable=True),
        sa.Column("head_ref", sa.Text(), nullable=True),
        sa.Column("head_repository", sa.Text(), nullable=True),
        sa.Column("head_sha", sa.Text(), nullable=True),
        sa.Column("merge_sha", sa.Text(), nullable=True),
        sa.Column("commit_count", sa.Integer(), nullable=True),
        sa.Column("files_changed", sa.Integer(), nullable=True),
        sa.Column("provider_review_comments", sa.Integer(), nullable=True),
        sa.Column("labels", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("first_commit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_change", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["developers.id"], name=op.f("fk_pull_requests_author_id")),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_pull_requests_repository_id")),
        sa.PrimaryKeyConstraint("time", "repository_id", "pr_number", name=op.f("pk_pull_requests")),
    )
    op.create_index(op.f("ix_pull_requests_author_id"), "pull_requests", ["author_id"], unique=False)
    op.create_index(
        "ix_pull_requests_closed",
        "pull_requests",
        ["repository_id", "closed_at"],
        unique=False,
        postgresql_where="closed_at IS NOT NULL",
    )
    op.create_index(
        "ix_pull_requests_merged",
        "pull_requests",
        ["repository_id", "merged_at"],
        unique=False,
        postgresql_where="merged_at IS NOT NULL",
    )
    op.create_index(
        "ix_pull_requests_open",
        "pull_requests",
        ["repository_id", "time"],
        unique=False,
        postgresql_where="state = 'open'",
    )
    op.create_index("ix_pull_requests_repository_id_time", "pull_requests", ["repository_id", "time"], unique=False)
    op.create_table(
        "pushes",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("before", sa.String(length=64), server_default="", nullable=False),
        sa.Column("after", sa.String(length=64), server_default="", nullable=False),
        sa.Column("forced", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("on_default_branch", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("commit_shas", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("total_commits", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_pushes_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "ref", "before", "after", name=op.f("pk_pushes")),
    )
    op.create_index("ix_pushes_repository_id_time", "pushes", ["repository_id", "time"], unique=False)
    op.create_table(
        "repository_settings",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_source", sa.String(length=16), server_default="deployments", nullable=False),
        sa.Column("environments", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_repository_settings_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_repository_settings")),
    )
    op.create_table(
        "review_requests",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("developer_id", sa.Uuid(), nullable=True),
        sa.Column("requested", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["developer_id"], ["developers.id"], name=op.f("fk_review_requests_developer_id")),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_review_requests_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "pr_number", "reviewer", name=op.f("pk_review_requests")),
    )
    op.create_index(op.f("ix_review_requests_developer_id"), "review_requests", ["developer_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("pr_number", sa.Integer(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=True),
        sa.Column("reviewer_identity", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_reviews_repository_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["developers.id"], name=op.f("fk_reviews_reviewer_id")),
        sa.PrimaryKeyConstraint("repository_id", "pr_number", "provider_key", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_reviewer_id"), "reviews", ["reviewer_id"], unique=False)
    op.create_table(
        "services",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_services_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "name", name=op.f("pk_services")),
    )
    op.create_table(
        "shipped_changes",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("deployment_key", sa.Text(), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_commit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lead_time_seconds", sa.Double(), nullable=True),
        sa.Column("left_out", sa.String(length=16), nullable=True),
        sa.Column("estimated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("earliest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_shipped_changes_repository_id")),
        sa.PrimaryKeyConstraint("repository_id", "service", "kind", "key", name=op.f("pk_shipped_changes")),
    )
    op.create_index(
        "ix_shipped_changes_shipped_at",
        "shipped_changes",
        ["repository_id", "shipped_at"],
        unique=False,
        postgresql_include=["lead_time_seconds", "kind", "left_out", "earliest"],
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("developer_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=64), server_default="member", nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("added_by", sa.String(length=16), server_default="provider", nullable=False),
        sa.ForeignKeyConstraint(["developer_id"], ["developers.id"], name=op.f("fk_team_members_developer_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_members_team_id")),
        sa.PrimaryKeyConstraint("team_id", "developer_id", name=op.f("pk_team_members")),
    )
    op.create_index(op.f("ix_team_members_developer_id"), "team_members", ["developer_id"], unique=False)
    op.create_table(
        "team_repositories",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.String(length=16), server_default="provider", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_team_repositories_repository_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_repositories_team_id")),
        sa.PrimaryKeyConstraint("team_id", "repository_id", name=op.f("pk_team_repositories")),
    )
    op.create_index(op.f("ix_team_repositories_repository_id"), "team_repositories", ["repository_id"], unique=False)
    op.create_table(
        "team_services",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["repository_id"], ["repositories.id"], name=op.f("fk_team_services_repository_id")),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_services_team_id")),
        sa.PrimaryKeyConstraint("team_id", "repository_id", "service", name=op.f("pk_team_services")),
    )
    op.create_index(op.f("ix_team_services_repository_id"), "team_services", ["repository_id"], unique=False)
    op.create_table(
        "team_settings",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_team_settings_team_id")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_team_settings")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["provider_connections.id"], name=op.f("fk_webhook_deliveries_connection_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_webhook_deliveries_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "ix_webhook_deliveries_key",
        "webhook_deliveries",
        ["organization_id", "provider", "connection_id", "delivery_key"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        "ix_webhook_deliveries_pending",
        "webhook_deliveries",
        ["next_attempt_at", "id"],
        unique=False,
        postgresql_where="state = 'pending'",
    )
    op.create_index("ix_webhook_deliveries_state", "webhook_deliveries", ["state", "id"], unique=False)
    # Bodies are compressed already: PostgreSQL must not try again.
    op.execute("ALTER TABLE webhook_deliveries ALTER COLUMN body SET STORAGE EXTERNAL")
    op.create_table(
        "weekly_dora_metrics",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("deployment_count", sa.Integer(), nullable=False),
        sa.Column("avg_duration", sa.Float(), nullable=True),
        sa.Column("failed_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name=op.f("fk_weekly_dora_metrics_repository_id")
        ),
        sa.PrimaryKeyConstraint("week", "repository_id", name=op.f("pk_weekly_dora_metrics")),
    )
    op.create_index(
        "ix_weekly_dora_metrics_repository_id_week", "weekly_dora_metrics", ["repository_id", "week"], unique=False
    )
    op.create_table(
        "digest_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("scheduled_for", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posting_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message_ts", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tell_owner", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("numbers", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["digest_subscriptions.id"], name=op.f("fk_digest_runs_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_runs")),
        sa.UniqueConstraint(
            "subscription_id", "scheduled_for", name=op.f("uq_digest_runs_subscription_id_scheduled_for")
        ),
    )
    op.create_index(
        "ix_digest_runs_unfinished", "digest_runs", ["claimed_until"], postgresql_where="claimed_until IS NOT NULL"
    )
    op.create_index("ix_digest_runs_to_tell", "digest_runs", ["id"], postgresql_where="tell_owner")


def downgrade() -> None:
    op.drop_index("ix_digest_runs_to_tell", table_name="digest_runs", postgresql_where="tell_owner")
    op.drop_index("ix_digest_runs_unfinished", table_name="digest_runs", postgresql_where="claimed_until IS NOT NULL")
    op.drop_table("digest_runs")
    op.drop_index("ix_weekly_dora_metrics_repository_id_week", table_name="weekly_dora_metrics")
    op.drop_table("weekly_dora_metrics")
    op.drop_index("ix_webhook_deliveries_state", table_name="webhook_deliveries")
    op.drop_index(
        "ix_webhook_deliveries_pending", table_name="webhook_deliveries", postgresql_where="state = 'pending'"
    )
    op.drop_index("ix_webhook_deliveries_key", table_name="webhook_deliveries", postgresql_nulls_not_distinct=True)
    op.drop_table("webhook_deliveries")
    op.drop_table("team_settings")
    op.drop_index(op.f("ix_team_services_repository_id"), table_name="team_services")
    op.drop_table("team_services")
    op.drop_index(op.f("ix_team_repositories_repository_id"), table_name="team_repositories")
    op.drop_table("team_repositories")
    op.drop_index(op.f("ix_team_members_developer_id"), table_name="team_members")
    op.drop_table("team_members")
    op.drop_index(
        "ix_shipped_changes_shipped_at",
        table_name="shipped_changes",
        postgresql_include=["lead_time_seconds", "kind", "left_out", "earliest"],
    )
    op.drop_table("shipped_changes")
    op.drop_table("services")
    op.drop_index(op.f("ix_reviews_reviewer_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_review_requests_developer_id"), table_name="review_requests")
    op.drop_table("review_requests")
    op.drop_table("repository_settings")
    op.drop_index("ix_pushes_repository_id_time", table_name="pushes")
    op.drop_table("pushes")
    op.drop_index("ix_pull_requests_repository_id_time", table_name="pull_requests")
    op.drop_index("ix_pull_requests_open", table_name="pull_requests", postgresql_where="state = 'open'")
    op.drop_index("ix_pull_requests_merged", table_name="pull_requests", postgresql_where="merged_at IS NOT NULL")
    op.drop_index("ix_pull_requests_closed", table_name="pull_requests", postgresql_where="closed_at IS NOT NULL")
    op.drop_index(op.f("ix_pull_requests_author_id"), table_name="pull_requests")
    op.drop_table("pull_requests")
    op.drop_table("pull_request_keys")
    op.drop_table("pull_request_events")
    op.drop_table("pull_request_commits")
    op.drop_table("links_due")
    op.drop_index("ix_link_notes_at", table_name="link_notes")
    op.drop_table("link_notes")
    op.drop_index(op.f("ix_incidents_repository_id"), table_name="incidents")
    op.drop_index("ix_incidents_key", table_name="incidents", postgresql_nulls_not_distinct=True)
    op.drop_table("incidents")
    op.drop_table("enrichment_requests")
    op.drop_index(
        "ix_digest_subscriptions_channel", table_name="digest_subscriptions", postgresql_where="deleted_at IS NULL"
    )
    op.drop_table("digest_subscriptions")
    op.drop_index("ix_deployments_repository_id_time", table_name="deployments")
    op.drop_index(
        "ix_deployments_recovered",
        table_name="deployments",
        postgresql_where="environment = 'production' AND counts_recovery",
    )
    op.drop_index(
        "ix_deployments_production",
        table_name="deployments",
        postgresql_where="environment = 'production' AND finished_at IS NOT NULL",
    )
    op.drop_index(op.f("ix_deployments_deployed_by"), table_name="deployments")
    op.drop_table("deployments")
    op.drop_table("deployment_marks")
    op.drop_table("deployment_keys")
    op.drop_table("deployment_evidence")
    op.drop_index("ix_daily_commit_stats_repository_id_day", table_name="daily_commit_stats")
    op.drop_table("daily_commit_stats")
    op.drop_index("ix_commits_repository_id_time", table_name="commits")
    op.drop_index(
        "ix_commits_counted",
        table_name="commits",
        postgresql_where="on_default_branch",
        postgresql_include=["lines_added", "lines_deleted", "is_bot", "is_merge"],
    )
    op.drop_index(op.f("ix_commits_author_id"), table_name="commits")
    op.drop_table("commits")
    op.drop_table("commit_keys")
    op.drop_index("ix_changes_merged_at", table_name="changes")
    op.drop_table("changes")
    op.drop_index("ix_teams_provider_key", table_name="teams", postgresql_where="provider_id IS NOT NULL")
    op.drop_table("teams")
    op.drop_index("ix_repositories_provider_key", table_name="repositories", postgresql_where="provider_id IS NOT NULL")
    op.drop_index("ix_repositories_path", table_name="repositories")
    op.drop_table("repositories")
    op.drop_table("provider_connections")
    op.drop_table("installations")
    op.drop_index(op.f("ix_developer_identities_developer_id"), table_name="developer_identities")
    op.drop_table("developer_identities")
    op.drop_index(op.f("ix_audit_logs_at"), table_name="audit_logs")
    op.drop_table("audit_logs")
    op.drop_table("api_tokens")
    op.drop_table("organizations")
    op.drop_index(op.f("ix_developers_gitlab_username"), table_name="developers")
    op.drop_index(op.f("ix_developers_github_username"), table_name="developers")
    op.drop_table("developers")
