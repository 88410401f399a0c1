"""Who did what: every administrative act, with what was before and after it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.connections import AuditLog


async def audit(
    connection: AsyncConnection,
    organization_id: UUID,
    actor: str,
    action: str,
    subject: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """In the transaction of the act itself. `actor` is "cli:<login name>", "slack:<user id>", "api:<token name>" or
    "web:<address>"; `action` is like "team.add". Neither `before` nor `after` may hold a secret."""
    entry = {"actor": actor, "action": action, "subject": subject, "before": before, "after": after}
    await connection.execute(insert(AuditLog).values(organization_id=organization_id, **entry))


class AuditEntry(NamedTuple):
    at: datetime
    actor: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


async def list_audit(connection: AsyncConnection, organization_id: UUID, limit: int) -> list[AuditEntry]:
    """The organization's acts, the newest first."""
    columns = [getattr(AuditLog, name) for name in AuditEntry._fields]
    query = select(*columns).where(AuditLog.organization_id == organization_id).order_by(AuditLog.id.desc())
    return [AuditEntry(*row) for row in await connection.execute(query.limit(limit))]
