"""Incidents of an organization that nobody knows a place for: they are in no team's and no repository's numbers."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.data_quality import counted
from reports.report import DataQuality, Window
from storage.models.deployments import Incident

SELECT = sa.select(sa.func.count()).where(
    Incident.organization_id == sa.bindparam("organization_id", type_=sa.Uuid()),
    Incident.linked_repository_id.is_(None),
    Incident.is_incident,
    Incident.opened_at >= sa.bindparam("start", type_=sa.DateTime(timezone=True)),
    Incident.opened_at < sa.bindparam("end", type_=sa.DateTime(timezone=True)),
)


async def find_homeless_incidents(
    connection: AsyncConnection, organization_id: UUID, window: Window
) -> list[DataQuality]:
    parameters = {"organization_id": organization_id, "start": window.start, "end": window.end}
    count = await connection.scalar(SELECT, parameters) or 0
    if not count:
        return []
    text = (
        f"{counted(count, 'incident')} of no known repository or service {'is' if count == 1 else 'are'} in no rate: "
        "`devmetrics connection map` says whose they are."
    )
    return [DataQuality("incident_without_repository", count, text)]
