"""Reads repositories' histories from providers, step by step: killed at any moment, it goes on where it was.

A step's records, and the cursor at which the next one begins, are written in one transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.asking.api import Api, NotNow, Place, Refused, Step
from handlers.asking.apis import Apis
from handlers.asking.enriching import make_way_or_wait
from handlers.asking.turns import Begun, Turns
from handlers.asking.writing import write_and_link
from handlers.asking.yielding import pause
from handlers.failures import clean, describe, first_line, is_transient, kind_of, where
from handlers.measures import DIFFERENCES
from storage.asking.readings import (
    BACKFILL,
    CHOSEN,
    Reading,
    advance_reading,
    claim_reading,
    fail_reading,
    postpone_reading,
    renew_reading,
)

# How far back a backfill goes: raw events are kept as long.
LONGEST = timedelta(days=90)
# Who reads renews it while a step lasts; so long after they were killed, the reading is anybody's again.
LEASE = timedelta(minutes=2)
POLL_SECONDS = 5.0
# Repositories of one place at a time in one process: while one waits for its provider, another's records are written.
AT_ONCE = 4
# Six attempts at one step over a day; then the reading is failed, and can be asked for again.
DELAYS = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=4),
    timedelta(hours=20),
)

logger = structlog.get_logger(__name__)


class Lost(Exception):
    """Another process has the reading by now."""


class Backfiller:
    """Any number may run at once, in any number of processes."""

    def __init__(
        self,
        engine: AsyncEngine,
        apis: Apis,
        *,
        delays: Sequence[timedelta] = DELAYS,
        lease: timedelta = LEASE,
        poll_seconds: float = POLL_SECONDS,
        at_once: int = AT_ONCE,
    ) -> None:
        self._engine = engine
        self._apis = apis
        self._delays = delays
        self._lease = lease
        self._poll_seconds = poll_seconds
        self._at_once = at_once

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; the steps in hand are finished."""

        async def begin(apis: Mapping[Place, Api]) -> Begun | None:
            return await self._begin(apis, stopping)

        await Turns(self._apis, begin, at_once=self._at_once, poll_seconds=self._poll_seconds).run(stopping)

    async def work(self, stopping: asyncio.Event) -> bool:
        """Go on with one history until it ends, is lost, must wait, or it is time to stop. False: there is none."""
        begun = await self._begin(await self._apis.current(), stopping)
        if begun is not None:
            await begun.work
        return begun is not None

    async def _begin(self, apis: Mapping[Place, Api], stopping: asyncio.Event) -> Begun | None:
        async with self._engine.begin() as connection:
            reading = await claim_reading(connection, list(apis), self._lease, LONGEST)
        if reading is None:
            return None
        place = reading.repository.place
        api = apis[place]
        return Begun(place, self._apis.while_used(api, self._go_on(api, reading, stopping)))

    async def _go_on(self, api: Api, reading: Reading, stopping: asyncio.Event) -> None:
        try:
            while True:
                await make_way_or_wait(self._engine, stopping)
                if stopping.is_set():
                    await self._put_back(reading, datetime.now(UTC), "It was interrupted.", forgiven=True)
                    return
                async with self._held(reading):
                    following = await self._step(api, reading)
                if following is None:
                    return
                reading = following
        except Lost:
            return
        except NotNow as not_now:
            await self._try_later(reading, str(not_now), not_now.until, forgiven=not_now.limit)
        except Refused as refused:
            async with self._engine.begin() as connection:
                await fail_reading(connection, reading, clean(str(refused)))
        except Exception as error:
            # Whatever one repository's history is, the others must be read.
            if is_transient(error):
                await self._put_back(reading, datetime.now(UTC) + self._delays[0], first_line(error), forgiven=True)
                raise
            reference = uuid4().hex[:12]
            logger.error("a history cannot be read", reference=reference, reason=kind_of(error), where=where(error))
            await self._try_later(reading, describe(error, reference), None)

    @asynccontextmanager
    async def _held(self, reading: Reading) -> AsyncIterator[None]:
        """A step may take longer than a lease: the provider is slow, or the history that is linked at its end long."""
        ended = asyncio.Event()
        renewing = asyncio.create_task(self._renew(reading, ended))
        try:
            yield
        finally:
            ended.set()
            await renewing

    async def _renew(self, reading: Reading, ended: asyncio.Event) -> None:
        while True:
            await pause(ended, self._lease.total_seconds() / 3)
            if ended.is_set():
                return
            try:
                async with self._engine.begin() as connection:
                    await renew_reading(connection, reading, self._lease)
            except Exception as error:  # noqa: BLE001 (the step itself tells of a database that is not there)
                logger.debug("a lease was not renewed", reason=kind_of(error))

    async def _step(self, api: Api, reading: Reading) -> Reading | None:
        """The reading as it is after one more step; None: that was the last."""
        step = await api.read_history(reading.repository, reading.purpose, reading.since, reading.cursor)
        async with self._engine.begin() as connection:
            await self._write(connection, reading, step)
        if step.left_out:
            logger.warning(
                "a part of a history cannot be read", repository=str(reading.repository.id), number=len(step.left_out)
            )
        if step.cursor is None:
            logger.info("a repository's history was read", repository=str(reading.repository.id), why=reading.purpose)
            return None
        return reading._replace(cursor=dict(step.cursor), attempts=1)

    async def _write(self, connection: AsyncConnection, reading: Reading, step: Step) -> None:
        repository = reading.repository
        done = step.cursor is None
        touched = await write_and_link(
            connection,
            repository.organization_id,
            step.records,
            # Linking costs as much as the whole history: once, at the end.
            link_now=done,
            also=[repository.id] if done else (),
        )
        differences = 0 if step.untold else touched.differences
        kept = await advance_reading(
            connection,
            reading,
            cursor=dict(step.cursor) if step.cursor is not None else None,
            part=step.part,
            records=len(step.records),
            differences=differences,
            lease=self._lease,
            left_out=[clean(reason) for reason in step.left_out],
            refused=clean(step.refused) if step.refused else None,
        )
        if not kept:
            raise Lost
        if reading.purpose not in (BACKFILL, CHOSEN):
            DIFFERENCES.labels(repository.key.provider).inc(differences)

    async def _try_later(
        self, reading: Reading, reason: str, until: datetime | None, *, forgiven: bool = False
    ) -> None:
        if not forgiven and reading.attempts > len(self._delays):
            async with self._engine.begin() as connection:
                await fail_reading(connection, reading, clean(reason))
            return
        now = datetime.now(UTC)
        delay = timedelta() if forgiven else self._delays[reading.attempts - 1]
        await self._put_back(reading, max(until or now, now + delay), clean(reason), forgiven=forgiven)

    async def _put_back(self, reading: Reading, until: datetime, reason: str, *, forgiven: bool) -> None:
        async with self._engine.begin() as connection:
            await postpone_reading(connection, reading, until, reason, forgiven=forgiven)
