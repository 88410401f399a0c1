"""The queue as a table: deliveries that arrive together share one commit, and each waits for its own."""

import asyncio
from collections.abc import Sequence
from itertools import groupby
from types import TracebackType
from typing import NamedTuple, Self

import asyncpg
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.inbox import Delivery, NotStored
from handlers.inbox.compression import compress_bodies

CHANNEL = "devmetrics_deliveries"

# One write holds at most this much; the sender waits ten seconds, and may have to wait for two writes.
MOST_DELIVERIES = 500
MOST_BYTES = 16 * 2**20
PATIENCE_SECONDS = 4.0

STORE = f"""
WITH stored AS (
    INSERT INTO webhook_deliveries (organization_id, provider, connection_id, delivery_key, event, body, received_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::timestamptz[])
    ON CONFLICT (provider, connection_id, delivery_key) DO NOTHING
    RETURNING id
)
SELECT count(*), pg_notify('{CHANNEL}', '') FROM stored
"""  # noqa: S608 (a constant of this module)

# Not ON CONFLICT DO UPDATE: that locks the known row, which a worker may hold for the length of its batch.
REOPEN = """
UPDATE webhook_deliveries
SET state = 'pending', attempts = 0, next_attempt_at = now(), processed_at = NULL, reason = NULL
WHERE provider = $1 AND delivery_key = ANY($2::text[]) AND state = 'failed'
"""
# Two forms, because the index serves neither IS NOT DISTINCT FROM nor an OR.
REOPEN_UNCONNECTED = f"{REOPEN} AND connection_id IS NULL"
REOPEN_CONNECTED = f"{REOPEN} AND connection_id = $3"

logger = structlog.get_logger(__name__)

Key = tuple[str, str, str]


class Waiting(NamedTuple):
    delivery: Delivery
    stored: asyncio.Future[None]


class PostgresInbox:
    """An inbox while it is entered: `async with PostgresInbox(engine) as inbox`. Leaving stores what still waits."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()
        self._closing = False
        self._connection: AsyncConnection | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._arrived.set()
        await self._writer
        await self._disconnect()

    async def store(self, delivery: Delivery) -> None:
        if self._closing:
            raise NotStored("shutting down")
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(delivery, stored))
        self._arrived.set()
        await stored

    async def _write(self) -> None:
        while self._waiting or not self._closing:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                batch = self._take()
                try:
                    await self._store(batch)
                except NotStored as problem:
                    # Whoever waits now would only wait longer for the same answer.
                    batch += self._waiting
                    self._waiting = []
                    for waiting in batch:
                        _fail(waiting, problem)

    def _take(self) -> list[Waiting]:
        """What is written together: at least one, at most the limits above."""
        size = 0
        for count, waiting in enumerate(self._waiting):
            size += len(waiting.delivery.body)
            if count and (count == MOST_DELIVERIES or size > MOST_BYTES):
                break
        else:
            count = len(self._waiting)
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    async def _store(self, batch: Sequence[Waiting]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._store_or_reconnect(
                    list({_key(waiting.delivery): waiting.delivery for waiting in batch}.values())
                )
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as problem:
            # One of them cannot be stored (its connection was deleted meanwhile): the others must not suffer.
            if len(batch) == 1:
                logger.error("a delivery cannot be stored", reason=str(problem))
                _fail(batch[0], NotStored(str(problem)))
                return
            await self._store(batch[: len(batch) // 2])
            await self._store(batch[len(batch) // 2 :])
        except (TimeoutError, OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError) as problem:
            await self._disconnect()
            logger.error("deliveries cannot be stored", count=len(batch), reason=f"{type(problem).__name__}: {problem}")
            raise NotStored("the database does not answer") from problem
        else:
            for waiting in batch:
                if not waiting.stored.done():
                    waiting.stored.set_result(None)

    async def _store_or_reconnect(self, deliveries: list[Delivery]) -> None:
        """Storing twice is storing once, so a connection that died unnoticed costs nobody an error."""
        reused = self._connection is not None
        try:
            await self._store_once(deliveries)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError):
            if not reused:
                raise
            await self._disconnect()
            await self._store_once(deliveries)

    async def _store_once(self, deliveries: list[Delivery]) -> None:
        connection = await self._connect()
        # In one order everywhere: two writers with the same keys must not wait for each other.
        deliveries.sort(key=_key)
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

    async def _reopen(self, connection: "asyncpg.Connection[asyncpg.Record]", deliveries: list[Delivery]) -> None:
        """Redeliveries of failed ones run again; of others, nothing happens."""
        deliveries.sort(key=_source)
        for _, group in groupby(deliveries, key=_source):
            known = list(group)
            provider, source, keys = known[0].provider, known[0].connection_id, [delivery.key for delivery in known]
            if source is None:
                await connection.execute(REOPEN_UNCONNECTED, provider, keys)
            else:
                await connection.execute(REOPEN_CONNECTED, provider, keys, source)
        await connection.execute(f"NOTIFY {CHANNEL}")

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """The writer's own connection: asyncpg itself, which takes a quarter of SQLAlchemy's time per write."""
        if self._connection is None:
            self._connection = await self._engine.connect()
        raw = await self._connection.get_raw_connection()
        connection = raw.driver_connection
        assert isinstance(connection, asyncpg.Connection)
        return connection

    async def _disconnect(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                await connection.invalidate()
                await connection.close()
            except (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError):
                logger.debug("a broken connection was dropped")


def _source(delivery: Delivery) -> tuple[str, str]:
    return (delivery.provider, str(delivery.connection_id))


def _key(delivery: Delivery) -> Key:
    return (*_source(delivery), delivery.key)


def _fail(waiting: Waiting, problem: NotStored) -> None:
    if not waiting.stored.done():
        waiting.stored.set_exception(problem)
