"""Writing incidents: the newest snapshot of each."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import fetch
from storage.facts.registers import BEFORE_ALL_TIME, Stamps, Told
from storage.facts.tables import FactTable, Key
from storage.facts.touched import Touched
from storage.facts.values import text
from storage.linking.homes import settle_incidents
from storage.models import deployments as models
from storage.records import RepositoryKey

TOLD = Told("seen_at", ("title", "url", "service", "named_repository_id", "deployment_key", "sha"))
# Those that the same key of another repository has are linked for nothing.
HOMES = """
    SELECT DISTINCT linked_repository_id FROM incidents
    WHERE organization_id = $1 AND provider_key = ANY($2::text[]) AND linked_repository_id IS NOT NULL
"""


class IncidentRow(Struct, frozen=True):
    organization_id: UUID
    provider: str
    repository_id: UUID | None
    provider_key: str
    title: str | None
    url: str | None
    service: str | None
    named_repository_id: UUID | None
    deployment_key: str | None
    sha: str | None
    labels: tuple[str, ...]
    opened_at: datetime
    closed_at: datetime | None
    seen_at: datetime
    told_at: Stamps
    is_incident: bool


def incident_row(
    incident: records.Incident, organization_id: UUID, repositories: Mapping[RepositoryKey, UUID]
) -> IncidentRow:
    return IncidentRow(
        organization_id=organization_id,
        provider=incident.provider,
        repository_id=repositories[incident.repository] if incident.repository else None,
        provider_key=text(incident.provider_key),
        title=text(incident.title) or None,
        url=text(incident.url),
        service=text(incident.service),
        named_repository_id=repositories[incident.named_repository] if incident.named_repository else None,
        deployment_key=text(incident.deployment_key),
        sha=text(incident.sha),
        labels=tuple(sorted(map(text, incident.labels))),
        opened_at=incident.opened_at,
        closed_at=incident.closed_at,
        seen_at=incident.seen_at,
        told_at={},
        is_incident=incident.is_incident,
    )


def merge_incidents(first: IncidentRow, second: IncidentRow) -> IncidentRow:
    values, told_at = TOLD.merge(first, second)
    newest = max(first, second, key=rank)
    return replace(newest, opened_at=min(first.opened_at, second.opened_at), told_at=told_at, **values)


def rank(row: IncidentRow) -> tuple[object, ...]:
    """The newest; of one moment the one that takes it back (to delete an issue is no update of it), then the closed."""
    return (row.seen_at, not row.is_incident, row.closed_at or BEFORE_ALL_TIME, row.labels)


def is_lost(known: IncidentRow | None, labels: Collection[str]) -> bool:
    """Whether an issue that has none of these labels any more was an incident by one of them (or by its type): what
    other labels made one stays, whatever the setting is now. Most issues were never told to be one, and are no rows."""
    if known is None or not known.is_incident:
        return False
    return not known.labels or any(label.strip().casefold() in labels for label in known.labels)


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
    told: list[IncidentRow] = []
    listed: dict[Key, tuple[IncidentRow, Collection[str]]] = {}
    for incident in incidents:
        row = incident_row(incident, organization_id, repositories)
        if incident.without is None:
            told.append(row)
        else:
            listed[INCIDENTS.key_of(row)] = row, incident.without
    changed = await INCIDENTS.absorb(connection, told)
    stored = await INCIDENTS.read(connection, listed)
    lost = [row for key, (row, labels) in listed.items() if is_lost(stored.get(key), labels)]
    changed += await INCIDENTS.absorb(connection, lost)
    if not changed:
        return
    keys = [change.after.provider_key for change in changed]
    touched.repositories |= await settle_incidents(connection, organization_id, keys)
    homes = await fetch(connection, HOMES, organization_id, keys)
    touched.repositories.update(home for (home,) in homes)
