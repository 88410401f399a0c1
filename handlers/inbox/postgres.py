"""The queue as a table: deliveries that arrive together share one commit, and each waits for its own."""

import asyncio
from types import TracebackType
from typing import NamedTuple, Self

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.failures import kind_of
from handlers.inbox import Delivery, NotStored
from handlers.inbox.writer import Writer

# While one writes, the other collects: the database and this process work at the same time.
WRITERS = 2
# One write holds at most this much; the sender waits ten seconds, and may have to wait for two writes.
MOST_DELIVERIES = 500
MOST_BYTES = 16 * 2**20
PATIENCE_SECONDS = 4.0

logger = structlog.get_logger(__name__)


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

    async def __aenter__(self) -> Self:
        self._writers = [asyncio.create_task(self._write(Writer(self._engine))) for _ in range(WRITERS)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._arrived.set()
        await asyncio.gather(*self._writers)

    async def store(self, delivery: Delivery) -> None:
        if self._closing:
            raise NotStored("shutting down")
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(delivery, stored))
        self._arrived.set()
        await stored

    async def _write(self, writer: Writer) -> None:
        while self._waiting or not self._closing:
            await self._arrived.wait()
            while self._waiting:
                await self._store(writer, self._take())
            if not self._closing:
                self._arrived.clear()
        await writer.disconnect()

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

    async def _store(self, writer: Writer, batch: list[Waiting]) -> None:
        """Write the batch and tell each of its senders. Never raises: the writer must go on."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await writer.store([waiting.delivery for waiting in batch])
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as problem:
            # One of them cannot be stored (its connection was deleted meanwhile): the others must not suffer.
            if len(batch) > 1:
                await self._store(writer, batch[: len(batch) // 2])
                await self._store(writer, batch[len(batch) // 2 :])
            else:
                _refuse(batch, problem)
        except Exception as problem:  # noqa: BLE001 (whatever it was, the senders must be told, and the next ones served)
            # Whoever waits now would only wait longer for the same answer.
            _refuse(batch + self._waiting, problem)
            self._waiting = []
            await writer.disconnect()
        else:
            for waiting in batch:
                if not waiting.stored.done():
                    waiting.stored.set_result(None)


def _refuse(batch: list[Waiting], problem: Exception) -> None:
    logger.error("deliveries cannot be stored", count=len(batch), reason=kind_of(problem))
    for waiting in batch:
        if not waiting.stored.done():
            waiting.stored.set_exception(NotStored("the database does not take it"))
