"""Who did what: every administrative act, with what was before and after it."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert
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
