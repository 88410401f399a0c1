"""Whose incidents a connection tells, as people say it: repositories, or some of their services."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.linking.due import postpone_links
from storage.linking.homes import settle_incidents_of
from storage.models.deployments import IncidentService
from storage.models.repositories import Repository
from storage.refusal import Refused


class UnknownRepository(Refused):
    """For the person who asked."""


@dataclass(frozen=True, slots=True)
class Mapped:
    # The connection's name.
    source: str
    provider: str
    path: str
    # Empty: all of the repository.
    service: str


async def map_source(
    connection: AsyncConnection, organization_id: UUID, mapped: Mapped, actor: str, *, take_away: bool = False
) -> None:
    """Put incidents of this source down to the last success there; what was told already is linked anew by the worker.

    Raises `Refused`.
    """
    repository_id = await connection.scalar(
        sa.select(Repository.id)
        .where(Repository.organization_id == organization_id, Repository.provider == mapped.provider)
        .where(sa.func.lower(Repository.path) == mapped.path.lower(), Repository.deleted_at.is_(None))
        .order_by(Repository.seen_at.desc().nulls_last(), Repository.id)
        .limit(1)
    )
    if repository_id is None:
        raise UnknownRepository(
            f"There is no repository {mapped.path!r} of {mapped.provider} yet: `devmetrics team add-repo` makes one "
            "known before its first webhook."
        )
    row = {"organization_id": organization_id, "source": mapped.source, "service": mapped.service}
    row["repository_id"] = repository_id
    before = after = None
    if take_away:
        before = {"repository": mapped.path, "service": mapped.service}
        settled = await settle_incidents_of(connection, [repository_id])
        condition = [IncidentService.__table__.c[name] == value for name, value in row.items()]
        changed = await connection.execute(sa.delete(IncidentService).where(*condition))
        if not changed.rowcount:
            raise Refused(
                f"Incidents of {mapped.source} are not put down to {mapped.path} {mapped.service}".rstrip()
                + ": `devmetrics connection list` shows what they are."
            )
    else:
        after = {"repository": mapped.path, "service": mapped.service}
        settled = set()
        changed = await connection.execute(upsert(IncidentService).values(row).on_conflict_do_nothing())
        if not changed.rowcount:
            return
    await postpone_links(connection, {repository_id} | settled | await settle_incidents_of(connection, [repository_id]))
    action = "connection.unmap" if take_away else "connection.map"
    await audit(connection, organization_id, actor, action, mapped.source, before, after)


async def list_mapped(connection: AsyncConnection, organization_id: UUID) -> list[Mapped]:
    rows = await connection.execute(
        sa.select(IncidentService.source, Repository.provider, Repository.path, IncidentService.service)
        .join(Repository, Repository.id == IncidentService.repository_id)
        .where(IncidentService.organization_id == organization_id)
        .order_by(IncidentService.source, Repository.path, IncidentService.service)
    )
    return [Mapped(*row) for row in rows]
