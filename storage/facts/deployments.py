"""Writing deployments: a row is what all its statuses together say."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import fetch
from storage.facts.history import LONGEST_SHA
from storage.facts.identities import who
from storage.facts.registers import Stamps, Told, least
from storage.facts.tables import Changed, FactTable, was_lost
from storage.facts.touched import Touched, week_of
from storage.facts.values import count, text
from storage.linking.settings import DEFAULT_SOURCE
from storage.models import deployments as models
from storage.records import RepositoryKey

TOLD = Told(
    "status_at",
    (
        *("environment_told", "environment_name", "sha", "ref", "url", "deployed_by_identity"),
        *("named_service", "task", "workflow", "job"),
    ),
)
LONGEST_WORD = 16
SOURCES_IN_USE = """
    SELECT repository_id, deployment_source FROM repository_settings WHERE repository_id = ANY($1)
    UNION SELECT repository_id, rules ->> 'source' FROM services WHERE repository_id = ANY($1)
"""


class DeploymentRow(Struct, frozen=True):
    repository_id: UUID
    provider_key: str
    time: datetime
    source: str
    environment_told: str | None
    environment_name: str
    named_service: str | None
    task: str | None
    workflow: str | None
    job: str | None
    status: str
    duration_seconds: int | None
    deployed_by_identity: str | None
    deployed_by: UUID | None
    sha: str | None
    ref: str | None
    url: str | None
    status_at: datetime
    told_at: Stamps
    started_at: datetime | None
    first_succeeded_at: datetime | None
    first_failed_at: datetime | None
    finished_at: datetime | None


def deployment_row(
    status: records.DeploymentStatus, repository_id: UUID, developers: Mapping[str, UUID]
) -> DeploymentRow:
    deployed_by_identity, deployed_by = who(status.deployed_by, developers)
    at = status.status_at
    return conclude(
        DeploymentRow(
            repository_id=repository_id,
            provider_key=text(status.provider_key),
            time=at,
            source=text(status.source, LONGEST_WORD),
            environment_told=text(status.environment, LONGEST_WORD),
            environment_name=text(status.environment_name),
            named_service=text(status.named_service),
            task=text(status.task),
            workflow=text(status.workflow),
            job=text(status.job),
            status=text(status.status, LONGEST_WORD),
            duration_seconds=None,
            deployed_by_identity=deployed_by_identity,
            deployed_by=deployed_by,
            sha=text(status.sha, LONGEST_SHA),
            ref=text(status.ref),
            url=text(status.url),
            status_at=at,
            told_at={},
            started_at=least(status.started_at, at if status.status == "in_progress" else None),
            first_succeeded_at=at if status.status == "success" else None,
            first_failed_at=at if status.status == "failed" else None,
            finished_at=None,
        )
    )


def conclude(row: DeploymentRow) -> DeploymentRow:
    """The columns that follow from the others. `time` is the finish, before that the start, before that a status."""
    finished_at = least(row.first_succeeded_at, row.first_failed_at)
    seconds = int((finished_at - row.started_at).total_seconds()) if finished_at and row.started_at else None
    return replace(
        row, finished_at=finished_at, duration_seconds=count(seconds), time=finished_at or row.started_at or row.time
    )


def merge_deployments(first: DeploymentRow, second: DeploymentRow) -> DeploymentRow:
    """First times are the earliest told, names the newest told, the status the newest one that ended something."""
    if first == second:
        return first
    values, told_at = TOLD.merge(first, second)
    status_at = max(first.status_at, second.status_at)
    deployer = values["deployed_by_identity"]
    word = max(first, second, key=status_rank)
    if (word_at := said_at(word)) != status_at:
        told_at["status"] = word_at
    return conclude(
        replace(
            first,
            time=min(first.time, second.time),
            deployed_by=first.deployed_by if deployer == first.deployed_by_identity else second.deployed_by,
            status=word.status,
            status_at=status_at,
            told_at=told_at,
            started_at=least(first.started_at, second.started_at),
            first_succeeded_at=least(first.first_succeeded_at, second.first_succeeded_at),
            first_failed_at=least(first.first_failed_at, second.first_failed_at),
            **values,
        )
    )


def said_at(row: DeploymentRow) -> datetime | None:
    """When the status of the row was given: not the newest one when a deployment that ended is said to run again."""
    return row.told_at.get("status", row.status_at)


def status_rank(row: DeploymentRow) -> tuple[int, datetime, str, datetime]:
    """A result, a cancellation, then running; then the newest; within one second success: failed comes first."""
    ends = {"success": 2, "failed": 2, "canceled": 1}.get(row.status, 0)
    at = said_at(row) or row.status_at
    return (ends, at.replace(microsecond=0), row.status, at)  # "failed" < "success"


DEPLOYMENTS = FactTable(
    DeploymentRow,
    models.Deployment,
    ["repository_id", "provider_key"],
    merge_deployments,
    keys=models.DeploymentKey,
)


async def write_deployments(
    connection: AsyncConnection,
    statuses: Iterable[records.DeploymentStatus],
    repositories: Mapping[RepositoryKey, UUID],
    developers: Mapping[str, UUID],
    touched: Touched,
) -> None:
    rows = (deployment_row(status, repositories[status.repository], developers) for status in statuses)
    changed = await DEPLOYMENTS.absorb(connection, rows)
    chosen = await sources_in_use(connection, {change.after.repository_id for change in changed if others(change)})
    for change in changed:
        repository_id = change.after.repository_id
        if others(change) and (repository_id, change.after.source) not in chosen:
            continue  # Every workflow run is told, and hardly any counts.
        touched.repositories.add(repository_id)
        touched.differences += was_lost(change)
        for row in (change.before, change.after):
            if row is not None:
                touched.deployment_weeks.add((repository_id, week_of(row.time)))


def others(change: Changed[DeploymentRow]) -> bool:
    """Whether it counts only where its source was chosen."""
    return change.after.source != DEFAULT_SOURCE


async def sources_in_use(connection: AsyncConnection, repository_ids: Collection[UUID]) -> set[tuple[Hashable, ...]]:
    """(repository, source) that settings have chosen; the caller holds the repositories' locks."""
    if not repository_ids:
        return set()
    return set(await fetch(connection, SOURCES_IN_USE, list(repository_ids)))
