"""Deployment statuses and incidents."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.people import Person
from storage.records.repositories import RepositoryKey


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """One status of a deployment. The row in `deployments` is what all its statuses together say."""

    repository: RepositoryKey
    # "deployment:<id>", "workflow_run:<id>", "pipeline:<id>:<job>", "release:<id>": never the id of the status.
    provider_key: str
    environment_name: str
    # production, staging, development as the provider itself tells it. None: it does not; settings and the name decide.
    environment: str | None
    # success, failed, in_progress, canceled
    status: str
    status_at: datetime
    # When it began, as told by the payload (None: not told; the first running status counts).
    started_at: datetime | None
    sha: str | None
    ref: str | None
    url: str | None
    deployed_by: Person | None
    # What made it a deployment: deployments (the provider calls it so), workflow, release.
    source: str = "deployments"
    # What tells services apart: a service named in the payload, GitHub's task, the workflow and the job that deploy.
    named_service: str | None = None
    task: str | None = None
    workflow: str | None = None
    job: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """One snapshot of an incident; `is_incident` False takes it back (label removed, issue deleted)."""

    repository: RepositoryKey | None
    provider: str
    # "issue:<id>" within a repository; "incident:<id>:<connection>" without one.
    provider_key: str
    title: str
    url: str | None
    labels: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    seen_at: datetime
    is_incident: bool
    service: str | None = None
    # Whose fault it is: a repository, a deployment (its key, or its number) and a commit (or its first characters).
    named_repository: RepositoryKey | None = None
    deployment_key: str | None = None
    sha: str | None = None
    # Not told by an event, but found in a list: it takes back only what was told with one of these labels (lower-cased)
    # or without any, and is nothing by itself.
    without: tuple[str, ...] | None = None
