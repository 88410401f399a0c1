"""Putting deliveries into the queue, and looking at what became of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox import Delivery
from handlers.inbox.postgres import PostgresInbox


async def store(engine: AsyncEngine, organization_id: UUID, *bodies: tuple[str, Any], **changes: Any) -> None:
    """Put deliveries, given as (event, body), into the queue in this order."""
    async with PostgresInbox(engine) as inbox:
        for event, body in bodies:
            encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
            values = {"provider": "github", "connection_id": None, "key": str(uuid4()), **changes}
            await inbox.store(
                Delivery(
                    organization_id=organization_id,
                    event=event,
                    body=encoded,
                    received_at=datetime.now(UTC),
                    **values,
                )
            )


async def query(engine: AsyncEngine, statement: str) -> list[Any]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(statement))]
