"""Writes deliveries into the queue's table."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import TypeAlias

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.inbox import Delivery
from handlers.inbox.compression import compress_bodies

CHANNEL = "devmetrics_deliveries"

STORE = f"""
WITH stored AS (
    INSERT INTO webhook_deliveries (organization_id, provider, connection_id, delivery_key, event, body, received_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[])
    ON CONFLICT (organization_id, provider, connection_id, delivery_key) DO NOTHING
    RETURNING id
)
SELECT count(*), pg_notify('{CHANNEL}', '') FROM stored
"""  # noqa: S608 (a constant of this module)

# Not ON CONFLICT DO UPDATE: that locks the known row, which a worker may hold for the length of its batch.
REOPEN = """
UPDATE webhook_deliveries
SET state = 'pending', attempts = 0, next_attempt_at = now(), processed_at = NULL, reason = NULL
WHERE organization_id = $1 AND provider = $2 AND delivery_key = ANY($3::text[]) AND state = 'failed'
"""
# Two forms, because the index serves neither IS NOT DISTINCT FROM nor an OR.
REOPEN_UNCONNECTED = f"{REOPEN} AND connection_id IS NULL"
REOPEN_CONNECTED = f"{REOPEN} AND connection_id = $4"

# In quotes: only the stubs of asyncpg know its parameter.
RawConnection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Writer:
    """Stores deliveries on a connection of its own, all of one call in one commit."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None

    async def store(self, deliveries: Iterable[Delivery]) -> None:
        """Return when all are durable. Storing twice is storing once, so a connection that died unnoticed is replaced
        and nobody gets an error for it."""
        distinct = {_key(delivery): delivery for delivery in deliveries}
        # In one order everywhere: two writers with the same keys must not wait for each other.
        ordered = [distinct[key] for key in sorted(distinct)]
        reused = self._connection is not None
        try:
            await self._store(ordered)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError):
            if not reused:
                raise
            await self.disconnect()
            await self._store(ordered)

    async def disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.invalidate()
                await connection.close()

    async def _store(self, deliveries: Sequence[Delivery]) -> None:
        connection = await self._connect()
        bodies = await asyncio.to_thread(compress_bodies, [delivery.body for delivery in deliveries])
        stored = await connection.fetchval(
            STORE,
            [delivery.organization_id for delivery in deliveries],
            [delivery.provider for delivery in deliveries],
            [delivery.connection_id for delivery in deliveries],
            [delivery.key for delivery in deliveries],
            [delivery.event for delivery in deliveries],
            bodies,
            [delivery.received_at for delivery in deliveries],
        )
        if stored < len(deliveries):
            await self._reopen(connection, deliveries)

    async def _reopen(self, connection: RawConnection, deliveries: Sequence[Delivery]) -> None:
        """Redeliveries of failed ones run again; of others, nothing happens."""
        for _, group in groupby(deliveries, key=_source):
            known = list(group)
            parameters = (known[0].organization_id, known[0].provider, [delivery.key for delivery in known])
            if known[0].connection_id is None:
                await connection.execute(REOPEN_UNCONNECTED, *parameters)
            else:
                await connection.execute(REOPEN_CONNECTED, *parameters, known[0].connection_id)
        await connection.execute(f"NOTIFY {CHANNEL}")

    async def _connect(self) -> RawConnection:
        """asyncpg's own connection, which takes a fraction of SQLAlchemy's time per write."""
        if self._connection is None:
            self._connection = await self._engine.connect()
        connection = (await self._connection.get_raw_connection()).driver_connection
        assert isinstance(connection, asyncpg.Connection)
        return connection


def _source(delivery: Delivery) -> tuple[str, str, str]:
    return (str(delivery.organization_id), delivery.provider, str(delivery.connection_id))


def _key(delivery: Delivery) -> tuple[str, str, str, str]:
    return (*_source(delivery), delivery.key)
