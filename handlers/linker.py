"""When a worker links what it wrote: with the batch, unless that would keep it from everything else."""

import time
from collections.abc import Awaitable, Callable, Collection
from datetime import date
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.failures import is_transient, where
from storage.aggregates import refresh
from storage.linking import relink
from storage.linking.due import forget_due_links, postpone_links, take_due_links
from storage.recounting import count_again, take_outdated

# In a flood, links are at most this much older than facts; as soon as no delivery waits, they are not older at all.
LONGEST_UNLINKED_SECONDS = 10.0
# Linking computes a repository whole, so it takes the longer the more happened there. What took long rests this many
# times as long: neither a flood nor one busy monorepo keeps a worker linking for more than a tenth of its time. Only
# what is enormous rests (over ten thousand pushes): who asks once the last delivery is done reads what it changed.
REST = 10
LONG_SECONDS = 1.0

Take = Callable[[AsyncConnection, Collection[UUID] | None], Awaitable[set[UUID]]]
Work = Callable[[AsyncConnection, Collection[UUID]], Awaitable[None]]
GiveUp = Callable[[UUID], Awaitable[None]]

logger = structlog.get_logger(__name__)


class Linker:
    """Remembers what linking cost. `clock` gives seconds that only grow."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._rests_until: dict[UUID, float] = {}
        self._uncountable: set[UUID] = set()
        self._flood_linked_at = clock() + LONGEST_UNLINKED_SECONDS

    async def link_batch(
        self, connection: AsyncConnection, touched: Collection[UUID], *, waiting: bool
    ) -> set[tuple[UUID, date]]:
        """Link what a batch touched and others left, or remember it: while deliveries wait, or the repository rests.

        When none waits it is everything, however many a flood left: who sees that the last delivery is done reads
        what all of them changed. Returns (repository, Monday) of the deployments that changed.
        """
        if waiting and self._clock() < self._flood_linked_at:
            await postpone_links(connection, touched)
            return set()
        resting = self._resting()
        await postpone_links(connection, resting.intersection(touched))
        due = await take_due_links(connection, except_for=resting)
        started = self._clock()
        weeks = await self._link(connection, due.union(touched) - resting)
        rest = max(LONGEST_UNLINKED_SECONDS, REST * (self._clock() - started))
        self._flood_linked_at = self._clock() + rest
        return weeks

    async def catch_up(self) -> bool:
        """Link some of what a flood left when its last batch did not (another worker had it, or it failed), or what
        rested; or else count again some of what an older version counted.

        One short transaction, so that deliveries that arrive meanwhile hardly wait. Returns whether there may be more.
        """
        return await self._apart(self._take_due, self._link_due, self._give_up_due) or await self._apart(
            self._take_outdated, count_again, self._give_up_outdated
        )

    async def _apart(self, take: Take, work: Work, give_up: GiveUp, only: Collection[UUID] | None = None) -> bool:
        """Take some, and work on them; after an error each by itself, so that one costs the others nothing."""
        taken: set[UUID] = set()
        try:
            async with self._engine.begin() as connection:
                taken = await take(connection, only)
                await work(connection, taken)
        except Exception as error:
            # Whatever one repository's facts are, the others must be linked.
            if is_transient(error) or not taken:
                raise
            if len(taken) == 1:
                [repository_id] = taken
                logger.error("a repository was not linked", repository=str(repository_id), where=where(error))
                await give_up(repository_id)
            else:
                for one in taken:
                    await self._apart(take, work, give_up, [one])
        return bool(taken)

    async def _take_due(self, connection: AsyncConnection, only: Collection[UUID] | None) -> set[UUID]:
        return await take_due_links(connection, only, except_for=self._resting(), bounded=True)

    async def _link_due(self, connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
        await refresh(connection, (), await self._link(connection, repository_ids))

    async def _give_up_due(self, repository_id: UUID) -> None:
        # Its facts are kept; the next delivery of this repository links it again, and says what is wrong.
        async with self._engine.begin() as connection:
            await forget_due_links(connection, repository_id)

    async def _take_outdated(self, connection: AsyncConnection, only: Collection[UUID] | None) -> set[UUID]:
        return await take_outdated(connection, only, except_for=self._uncountable | self._resting())

    async def _give_up_outdated(self, repository_id: UUID) -> None:
        # What the older version counted stays, and `devmetrics check` tells of it, until a process that starts later
        # tries it again.
        self._uncountable.add(repository_id)

    async def _link(self, connection: AsyncConnection, repository_ids: Collection[UUID]) -> set[tuple[UUID, date]]:
        seconds: dict[UUID, float] = {}
        weeks = await relink(connection, repository_ids, seconds)
        now = self._clock()
        self._rests_until |= {one: now + REST * took for one, took in seconds.items() if took > LONG_SECONDS}
        return weeks

    def _resting(self) -> set[UUID]:
        now = self._clock()
        self._rests_until = {one: until for one, until in self._rests_until.items() if until > now}
        return set(self._rests_until)
