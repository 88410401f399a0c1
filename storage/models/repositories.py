"""Repositories, their settings, and the services a monorepo holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, CreatedAt, Id, OrganizationId, RepositoryKey


class Repository(Base):
    __tablename__ = "repositories"

    id: Mapped[Id]
    organization_id: Mapped[OrganizationId]
    name: Mapped[str] = mapped_column(String(255))
    provider: Mapped[str] = mapped_column(String(32))
    # The key is (organization, provider, host, provider_id). Host and id are NULL for a repository that was
    # given to a team before its first webhook: the first event with its path fills them in.
    provider_id: Mapped[str | None] = mapped_column(String(255))
    host: Mapped[str | None]
    url: Mapped[str | None]
    # The address of a commit's page without the SHA at its end.
    commits_url: Mapped[str | None]
    default_branch: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[CreatedAt]
    # "owner/name" (GitLab: the full path with subgroups). An attribute: renames and transfers change it.
    path: Mapped[str]
    # Provider's time of the event whose attributes these are; a newer event replaces them.
    seen_at: Mapped[datetime | None]
    # Fields that the newest snapshot left out, with the time of the one they are from: that makes "None never
    # overwrites" independent of the order of arrival.
    told_at: Mapped[dict[str, str | None]] = mapped_column(JSONB, server_default="{}")
    # Provider's time of the earliest event known: tracking begins on its local day.
    first_event_at: Mapped[datetime | None]
    # When the provider says the repository was made: tells an imported history from a new one.
    provider_created_at: Mapped[datetime | None]
    # When the installation lost access to it (history is kept, API calls stop).
    removed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    # Since when it is seen to be archived: nothing happens in it any more, so it is not asked regularly.
    archived_at: Mapped[datetime | None]
    # What linking found before this moment stands; retention dropped what it was made of. A Monday's midnight, UTC.
    frozen_before: Mapped[datetime | None]
    # Before these retention dropped facts one by one, and weekly sums. Mondays' midnights, UTC.
    facts_since: Mapped[datetime | None]
    weeks_since: Mapped[datetime | None]
    # The oldest version of the rules (storage/linking/rules.py) that something derived of it was counted by; NULL:
    # nothing was derived yet.
    counted_by: Mapped[int | None]

    __table_args__ = (
        Index(
            "ix_repositories_provider_key",
            "organization_id",
            "provider",
            "host",
            "provider_id",
            unique=True,
            postgresql_where="provider_id IS NOT NULL",
        ),
        Index("ix_repositories_path", "organization_id", "provider", text("lower(path)")),
    )


class RepositorySettings(Base):
    __tablename__ = "repository_settings"

    repository_id: Mapped[RepositoryKey]
    # 'deployments' (default), 'workflow', 'release' or 'merge': never two, or one release counts twice.
    deployment_source: Mapped[str] = mapped_column(String(16), server_default="deployments")
    # Names of the workflows (GitLab: jobs) that are deployments, with the source 'workflow'.
    workflows: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # Provider's environment name (or a pattern) -> production | staging | development.
    environments: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    # Of several production environments only these count. Empty: all of them.
    counted_environments: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")


class Service(Base):
    __tablename__ = "services"

    repository_id: Mapped[RepositoryKey]
    name: Mapped[str] = mapped_column(primary_key=True)
    # How the service is told apart: {"environments": [...], "workflows": [...], "tags": [...], "paths": [...]}, all
    # patterns, and its own {"source": ...}. Without any of the first three by its name.
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
