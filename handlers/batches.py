"""Taking deliveries batch by batch: while one batch is written, the next is claimed and read already."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import NamedTuple, Self

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.default_branches import known_default_branches
from handlers.inbox.claims import Claimed, claim
from handlers.outcome import Configured, Outcome, read_claimed

MOST_COMPRESSED_BYTES = 8 * 2**20


class Batch(NamedTuple):
    """Deliveries that the transaction of `connection` holds, and what those that were read say."""

    connection: AsyncConnection
    claimed: Sequence[Claimed]
    outcomes: Sequence[Outcome]
    # False: the transaction holds others too, that were too large to be taken with these.
    complete: bool


class Batches:
    """The batches of one worker, in the order of receipt: `async with Batches(...)`. What is held at the end is let go.

    Reading a batch is Python's work and writing one PostgreSQL's: done at the same time, a flood takes half as long.
    """

    def __init__(self, engine: AsyncEngine, configured: Configured) -> None:
        self._engine = engine
        self._configured = configured
        self._ahead: asyncio.Task[Batch] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.cancel()
            [batch] = await asyncio.gather(ahead, return_exceptions=True)
            if isinstance(batch, Batch):
                await batch.connection.close()

    @asynccontextmanager
    async def next(self, most: int) -> AsyncIterator[Batch]:
        """The oldest deliveries that are due, none when nothing is; committed at the end of the block."""
        ahead, self._ahead = self._ahead, None
        batch = await (ahead or self._take(most))
        try:
            yield batch
            await batch.connection.commit()
        except Exception:
            # Whatever failed, the batch after this one may have taken the same deliveries.
            await self._let_go_of({delivery.id for delivery in batch.claimed})
            raise
        finally:
            await batch.connection.close()

    def read_ahead(self, most: int) -> None:
        """Begin to claim and read the batch after this one."""
        self._ahead = asyncio.create_task(self._take(most))

    async def _let_go_of(self, ids: Collection[int]) -> None:
        """An error in PostgreSQL lets a batch's deliveries go at once, not only at the rollback: the batch after it may
        have taken them, and the one after that again, so that nobody ever isolates the one that causes it."""
        if await self.any_waiting() and self._ahead is not None:
            batch = self._ahead.result()
            if any(delivery.id in ids for delivery in batch.claimed):
                self._ahead = None
                await batch.connection.close()

    async def any_waiting(self) -> bool:
        """Whether there is a batch after this one, as far as is known."""
        if self._ahead is None:
            return False
        await asyncio.wait([self._ahead])
        # An error is raised when it is the batch's turn.
        return self._ahead.exception() is None and bool(self._ahead.result().claimed)

    async def _take(self, most: int) -> Batch:
        connection = await self._engine.connect()
        try:
            claimed, complete = await claim(connection, most, MOST_COMPRESSED_BYTES)
            branches = await known_default_branches(connection, claimed)
            outcomes = await read_claimed(claimed, self._configured, branches)
        except BaseException:
            # Cancelled, too: nobody else has this connection, and it holds claims.
            await connection.close()
            raise
        return Batch(connection, claimed, outcomes, complete and len(outcomes) == len(claimed))
