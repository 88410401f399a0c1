"""Deployments, the evidence that one failed, and incidents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, OrganizationId, RepositoryId, RepositoryKey


class Deployment(Base):
    """One per provider's key; a hypertable by `time`: the finish once terminal, the start until then."""

    __tablename__ = "deployments"

    time: Mapped[datetime] = mapped_column(primary_key=True)
    repository_id: Mapped[RepositoryKey]
    # The class: production, staging, development; written by linking. The provider's name is in environment_name.
    environment: Mapped[str] = mapped_column(String(16), server_default="development")
    # The provider's word: success, failed, in_progress (canceled ones are kept as 'canceled' and never counted).
    status: Mapped[str] = mapped_column(String(16))
    duration_seconds: Mapped[int | None]
    deployed_by: Mapped[UUID | None] = mapped_column(ForeignKey("developers.id"), index=True)

    # "deployment:1", "workflow_run:2", "pipeline:3:deploy" (and its job), "release:4", "merge:5" (a pull request)
    provider_key: Mapped[str] = mapped_column(primary_key=True)
    # What made it one: 'deployments', 'workflow', 'release' or 'merge'. Only the source that was chosen counts.
    source: Mapped[str] = mapped_column(String(16), server_default="deployments")
    environment_name: Mapped[str]
    # The class as the provider tells it (GitLab's tier, GitHub's production_environment), whatever settings say.
    environment_told: Mapped[str | None] = mapped_column(String(16))
    # Written by linking; empty: none of the repository's services.
    service: Mapped[str] = mapped_column(server_default="")
    # What tells services apart: a service named in the payload, GitHub's task, the workflow and the job that deploy.
    named_service: Mapped[str | None]
    task: Mapped[str | None]
    workflow: Mapped[str | None]
    job: Mapped[str | None]
    # GitLab tells 8 characters and the whole SHA as the tail of commit_url.
    sha: Mapped[str | None] = mapped_column(String(64))
    ref: Mapped[str | None]
    url: Mapped[str | None]
    # The provider's time of the newest status.
    status_at: Mapped[datetime]
    # Fields that the newest status left out, with the time of the one they are from: that makes "None never
    # overwrites" independent of the order of arrival.
    told_at: Mapped[dict[str, str | None]] = mapped_column(JSONB, server_default="{}")
    # The account or address that deployed_by stands for.
    deployed_by_identity: Mapped[str | None]
    started_at: Mapped[datetime | None]
    first_succeeded_at: Mapped[datetime | None]
    first_failed_at: Mapped[datetime | None]
    # The first terminal status; NULL while running and when it was canceled.
    finished_at: Mapped[datetime | None]

    # Written by linking, with `environment` and `service`.
    # succeeded or failed: status plus evidence, in the row, so that every reader agrees. NULL: it does not count.
    outcome: Mapped[str | None] = mapped_column(String(16))
    # When the failure showed, and when it ended (NULL: still open).
    failed_at: Mapped[datetime | None]
    recovered_at: Mapped[datetime | None]
    # One recovery per streak of failed statuses: only its first deployment counts one.
    counts_recovery: Mapped[bool] = mapped_column(server_default=false())
    unplanned: Mapped[bool] = mapped_column(server_default=false())
    rollback: Mapped[bool] = mapped_column(server_default=false())
    # Over, and before its repository's horizon: its outcome stands.
    frozen: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        Index("ix_deployments_repository_id_time", "repository_id", "time"),
        # Incidents name commits of any repository.
        Index("ix_deployments_sha", "sha"),
        Index(
            "ix_deployments_production",
            "repository_id",
            "finished_at",
            postgresql_where="environment = 'production' AND finished_at IS NOT NULL",
            postgresql_include=["outcome", "unplanned", "service", "environment_name"],
        ),
        Index(
            "ix_deployments_recovered",
            "repository_id",
            "recovered_at",
            postgresql_where="environment = 'production' AND counts_recovery",
        ),
    )


class DeploymentKey(Base):
    """Which deployments are known, and at which time their row is. Outlives the row."""

    __tablename__ = "deployment_keys"

    repository_id: Mapped[RepositoryKey]
    provider_key: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[datetime]


class DeploymentMark(Base):
    """What a person said of a deployment: failed, ok, withdrawn or recovered. The latest decides."""

    __tablename__ = "deployment_marks"

    repository_id: Mapped[RepositoryKey]
    provider_key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(16), primary_key=True)
    marked_by: Mapped[str]


class DeploymentEvidence(Base):
    """Why a deployment counts as failed or unplanned; derived by linking, shown on request."""

    __tablename__ = "deployment_evidence"

    repository_id: Mapped[RepositoryKey]
    provider_key: Mapped[str] = mapped_column(primary_key=True)
    # mark, status, rollback, revert, hotfix, incident
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    # What says so: a deployment's key, "pull_request:12", an incident's key, a person.
    source: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    # True for the one that decided the outcome.
    decides: Mapped[bool] = mapped_column(server_default=false())
    url: Mapped[str | None]


class IncidentService(Base):
    """Whose incidents a connection tells: a repository (service empty), or one of its services."""

    __tablename__ = "incident_services"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    # The connection's name.
    source: Mapped[str] = mapped_column(primary_key=True)
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id"), primary_key=True, index=True)
    service: Mapped[str] = mapped_column(primary_key=True)


class Incident(Base):
    """One per key, within its repository (an issue) or its organization (told by another tool)."""

    __tablename__ = "incidents"

    id: Mapped[Id]
    organization_id: Mapped[OrganizationId]
    repository_id: Mapped[RepositoryId | None] = mapped_column(index=True)
    # "issue:7" within a repository; "incident:<id>:<connection>" from another tool.
    provider: Mapped[str] = mapped_column(String(32))
    provider_key: Mapped[str]
    title: Mapped[str | None]
    url: Mapped[str | None]
    service: Mapped[str | None]
    # A repository, a deployment or a commit that it names.
    named_repository_id: Mapped[RepositoryId | None]
    deployment_key: Mapped[str | None]
    sha: Mapped[str | None]
    # Written by linking: the repository whose deployment it is put down to. NULL: none is known.
    linked_repository_id: Mapped[RepositoryId | None] = mapped_column(index=True)
    labels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # Newest snapshot wins. Not an incident any more (label removed, deleted): is_incident is False.
    seen_at: Mapped[datetime]
    # Fields that the newest snapshot left out, with the time of the one they are from: that makes "None never
    # overwrites" independent of the order of arrival.
    told_at: Mapped[dict[str, str | None]] = mapped_column(JSONB, server_default="{}")
    is_incident: Mapped[bool]

    __table_args__ = (
        Index(
            "ix_incidents_key",
            "organization_id",
            "provider",
            "repository_id",
            "provider_key",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        # What linking a repository finds those by that may be about it.
        Index("ix_incidents_service", text("lower(service)")),
        Index("ix_incidents_source", text("split_part(provider_key, ':', 3)")),
        Index("ix_incidents_sha", "sha", postgresql_where="sha IS NOT NULL"),
        Index("ix_incidents_deployment_key", "deployment_key", postgresql_where="deployment_key IS NOT NULL"),
    )
