"""The queue as a person sees it: what is in it, one delivery in full, running deliveries again or giving them up."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.inbox.claims import FAILED, IGNORED, PENDING
from handlers.inbox.writer import CHANNEL
from storage.models.deliveries import WebhookDelivery


class Entry(NamedTuple):
    """A delivery without its body."""

    id: int
    provider: str
    event: str
    delivery_key: str
    received_at: datetime
    state: str
    attempts: int
    next_attempt_at: datetime
    processed_at: datetime | None
    reason: str | None


FIELDS = [getattr(WebhookDelivery, name) for name in Entry._fields]


async def list_deliveries(
    connection: AsyncConnection, organization_id: UUID, *, state: str | None, limit: int
) -> list[Entry]:
    """The newest first."""
    query = select(*FIELDS).where(WebhookDelivery.organization_id == organization_id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    rows = await connection.execute(query.order_by(WebhookDelivery.id.desc()).limit(limit))
    return [Entry(*row) for row in rows]


async def find_delivery(
    connection: AsyncConnection, organization_id: UUID, delivery_id: int
) -> tuple[Entry, bytes | None] | None:
    """The delivery and its body, still compressed."""
    query = select(*FIELDS, WebhookDelivery.body).where(
        WebhookDelivery.organization_id == organization_id, WebhookDelivery.id == delivery_id
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else (Entry(*row[:-1]), row[-1])


async def find_by_keys(connection: AsyncConnection, organization_id: UUID, keys: Sequence[str]) -> list[Entry]:
    query = select(*FIELDS).where(
        WebhookDelivery.organization_id == organization_id, WebhookDelivery.delivery_key.in_(keys)
    )
    return [Entry(*row) for row in await connection.execute(query)]


async def run_again(connection: AsyncConnection, organization_id: UUID, delivery_id: int | None = None) -> int:
    """Put one delivery, or all that failed, back into the queue. Returns how many; done ones stay done.

    What was ignored is asked again too when it is named: a newer version may know the event.
    """
    statement = update(WebhookDelivery).where(WebhookDelivery.organization_id == organization_id)
    if delivery_id is None:
        statement = statement.where(WebhookDelivery.state == FAILED)
    else:
        # Also one that waits for its next attempt: then it need not wait.
        waiting = (FAILED, IGNORED, PENDING)
        statement = statement.where(WebhookDelivery.id == delivery_id, WebhookDelivery.state.in_(waiting))
    reopened = {"state": PENDING, "attempts": 0, "next_attempt_at": func.now(), "processed_at": None, "reason": None}
    result = await connection.execute(statement.values(reopened))
    await connection.execute(text(f"NOTIFY {CHANNEL}"))
    return result.rowcount


async def dismiss(connection: AsyncConnection, organization_id: UUID, delivery_id: int) -> bool:
    """Give up a failed delivery: it is ignored from now on and in no answer's remarks. False: it is not failed."""
    given_up = {"state": IGNORED, "reason": func.concat("Dismissed. It had failed: ", WebhookDelivery.reason)}
    result = await connection.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.organization_id == organization_id,
            WebhookDelivery.id == delivery_id,
            WebhookDelivery.state == FAILED,
        )
        .values(given_up)
    )
    return bool(result.rowcount)
