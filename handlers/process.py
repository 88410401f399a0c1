"""The worker: claims deliveries, reads them, writes and links their records, retries, gives up visibly."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from types import MappingProxyType
from uuid import UUID, uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.batches import Batch, Batches
from handlers.default_branches import known_default_branches
from handlers.failures import describe, is_transient, kind_of, where
from handlers.inbox.claims import FAILED, Claimed, Result, claim_these, postpone, settle
from handlers.inbox.wakeup import listen
from handlers.incidents import BY_DEFAULT, IncidentLabels
from handlers.linker import Linker
from handlers.measures import BATCH_SECONDS, PROCESSED
from handlers.outcome import Configured, Outcome, read_claimed
from storage.aggregates import refresh
from storage.facts import write_records
from storage.linking import relink
from storage.records import Record

MOST_DELIVERIES = 1000
POLL_SECONDS = 5.0
# Five attempts over about an hour; then the delivery is failed, and can be run again by hand.
DELAYS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(minutes=45))
LONGEST_PAUSE_SECONDS = 30.0

logger = structlog.get_logger(__name__)


class Worker:
    """Any number of workers may run at once, in any number of processes.

    `hosts` tells, by provider, where deliveries without a connection come from, if not from its public service.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        hosts: Mapping[str, str] = MappingProxyType({}),
        incident_labels: IncidentLabels = BY_DEFAULT,
        delays: Sequence[timedelta] = DELAYS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._engine = engine
        self._configured = Configured(hosts, incident_labels)
        self._delays = delays
        self._poll_seconds = poll_seconds
        self._most = MOST_DELIVERIES
        self._pause_seconds = 0.0
        self._stopping = asyncio.Event()
        self._linker = Linker(engine)
        # Whether there is more to link than was linked in the last pause between deliveries.
        self._behind = False

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; the batch in hand is finished."""
        self._stopping = stopping
        wake = asyncio.Event()
        listener = asyncio.create_task(listen(self._engine, wake))
        stopped = asyncio.create_task(_set_after(stopping, wake))
        try:
            while not stopping.is_set():
                wake.clear()
                if not await self.work_on() and not self._behind:
                    await _wait(wake, self._poll_seconds)
                if self._pause_seconds:
                    await _wait(stopping, self._pause_seconds)
        finally:
            for task in (listener, stopped):
                task.cancel()
            await asyncio.gather(listener, stopped, return_exceptions=True)

    async def work_on(self) -> int:
        """Like `work`, but never raises: what passes by itself is tried again after a pause."""
        try:
            count = await self.work()
        except Exception as error:  # noqa: BLE001 (the worker's edge: whatever happens, it must go on working)
            self._pause_seconds = min(LONGEST_PAUSE_SECONDS, self._pause_seconds * 2 or 0.1)
            logger.warning(
                "the worker pauses",
                seconds=self._pause_seconds,
                reason=kind_of(error),
                where=None if is_transient(error) else where(error),
            )
            return 1
        self._pause_seconds = 0.0
        return count

    async def work(self) -> int:
        """Process what is due, batch by batch; return how many deliveries that were. Raises only transient errors."""
        count = 0
        async with Batches(self._engine, self._configured) as batches:
            while not self._stopping.is_set() and (taken := await self._work_on_one(batches)):
                count += taken
        self._behind = not count and await self._linker.catch_up()
        return count

    async def _work_on_one(self, batches: Batches) -> int:
        """Process one batch; return how many deliveries it has."""
        claimed: Sequence[Claimed] = ()
        try:
            async with batches.next(self._most) as batch:
                claimed = batch.claimed
                if claimed and batch.complete:
                    batches.read_ahead(self._most)
                await self._process(batch, batches)
            _count(batch.outcomes)
        except Exception as error:
            # Whatever one delivery says, it must not cost the others of its batch.
            if is_transient(error) or not claimed:
                self._most = max(1, self._most // 2)
                raise
            await self._isolate(claimed)
        self._most = min(MOST_DELIVERIES, self._most * 2)
        return len(claimed)

    async def _isolate(self, deliveries: Sequence[Claimed]) -> None:
        """After an error: process these by themselves, without what others left to link, then each half of them,
        until the delivery that causes it is alone."""
        try:
            async with self._engine.begin() as connection:
                again = await claim_these(connection, [delivery.id for delivery in deliveries])
                branches = await known_default_branches(connection, again)
                outcomes = await read_claimed(again, self._configured, branches)
                repositories, days, weeks = await _write(connection, outcomes)
                await refresh(connection, days, weeks | await relink(connection, repositories))
                await settle(connection, [outcome.result for outcome in outcomes])
            _count(outcomes)
        except Exception as error:
            # Whatever it is, halving finds the one delivery that it comes from.
            if is_transient(error):
                raise
            if len(deliveries) == 1:
                await self._give_back(deliveries[0], error)
                return
            middle = len(deliveries) // 2
            for half in (deliveries[:middle], deliveries[middle:]):
                await self._isolate(half)

    async def _give_back(self, delivery: Claimed, error: Exception) -> None:
        """Try it again later, or give up."""
        reference = uuid4().hex[:12]
        reason = describe(error, reference)
        logger.error(
            "a delivery failed", delivery=delivery.id, reference=reference, reason=kind_of(error), where=where(error)
        )
        async with self._engine.begin() as connection:
            if delivery.attempts < len(self._delays):
                await postpone(connection, delivery, self._delays[delivery.attempts], reason)
            else:
                await settle(connection, [Result(delivery.id, FAILED, reason)])
                PROCESSED.labels(FAILED).inc()

    async def _process(self, batch: Batch, batches: Batches) -> None:
        if not batch.claimed:
            return
        started = time.perf_counter()
        connection = batch.connection
        repositories, days, weeks = await _write(connection, batch.outcomes)
        waiting = not batch.complete or await batches.any_waiting()
        weeks |= await self._linker.link_batch(connection, repositories, waiting=waiting)
        await refresh(connection, days, weeks)
        await settle(connection, [outcome.result for outcome in batch.outcomes])
        BATCH_SECONDS.observe(time.perf_counter() - started)


async def _write(
    connection: AsyncConnection, outcomes: Sequence[Outcome]
) -> tuple[set[UUID], set[tuple[UUID, date]], set[tuple[UUID, date]]]:
    """The repositories, days of commits and weeks of deployments that they touch."""
    repositories: set[UUID] = set()
    days: set[tuple[UUID, date]] = set()
    weeks: set[tuple[UUID, date]] = set()
    for organization_id, records in _by_organization(outcomes).items():
        touched = await write_records(connection, organization_id, records)
        repositories |= touched.repositories
        days |= touched.commit_days
        weeks |= touched.deployment_weeks
    return repositories, days, weeks


def _count(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        PROCESSED.labels(outcome.result.state).inc()


def _by_organization(outcomes: Sequence[Outcome]) -> dict[UUID, list[Record]]:
    """Sorted, so that workers lock organizations' rows in one order."""
    records: defaultdict[UUID, list[Record]] = defaultdict(list)
    for outcome in sorted(outcomes, key=lambda outcome: outcome.organization_id):
        if outcome.records:
            records[outcome.organization_id] += outcome.records
    return records


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _set_after(first: asyncio.Event, second: asyncio.Event) -> None:
    await first.wait()
    second.set()
