"""Writing incidents: the newest snapshot of each."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.registers import BEFORE_ALL_TIME, known_first
from storage.facts.tables import FactTable
from storage.facts.touched import Touched
from storage.facts.values import text
from storage.models import deployments as models
from storage.records import RepositoryKey


class IncidentRow(Struct, frozen=True):
    organization_id: UUID
    provider: str
    repository_id: UUID | None
    provider_key: str
    title: str | None
    url: str | None
    service: str | None
    deployment_key: str | None
    sha: str | None
    labels: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    seen_at: datetime
    is_incident: bool


def incident_row(incident: records.Incident, organization_id: UUID, repository_id: UUID | None) -> IncidentRow:
    return IncidentRow(
        organization_id=organization_id,
        provider=incident.provider,
        repository_id=repository_id,
        provider_key=text(incident.provider_key),
        title=text(incident.title),
        url=text(incident.url),
        service=text(incident.service),
        deployment_key=text(incident.deployment_key),
        sha=text(incident.sha),
        labels=tuple(sorted(map(text, incident.labels))),
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        seen_at=incident.seen_at,
        is_incident=incident.is_incident,
    )


def merge_incidents(first: IncidentRow, second: IncidentRow) -> IncidentRow:
    return replace(max(first, second, key=rank), opened_at=min(first.opened_at, second.opened_at))


def rank(row: IncidentRow) -> tuple[object, ...]:
    """The newest; of one moment the closed one, then by content."""
    named = [known_first(value) for value in (row.title, row.url, row.service, row.deployment_key, row.sha)]
    return (row.seen_at, row.closed_at or BEFORE_ALL_TIME, row.is_incident, row.labels, named)


INCIDENTS = FactTable(
    IncidentRow,
    models.Incident,
    ["organization_id", "provider", "repository_id", "provider_key"],
    merge_incidents,
)


async def write_incidents(
    connection: AsyncConnection,
    organization_id: UUID,
    incidents: Iterable[records.Incident],
    repositories: Mapping[RepositoryKey, UUID],
    touched: Touched,
) -> None:
    rows = (
        incident_row(incident, organization_id, repositories[incident.repository] if incident.repository else None)
        for incident in incidents
    )
    for change in await INCIDENTS.absorb(connection, rows):
        if change.after.repository_id is not None:
            touched.repositories.add(change.after.repository_id)
