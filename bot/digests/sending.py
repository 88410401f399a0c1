"""Sends the digests that are due: once each, whatever happens to the processes that do it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID, uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.digests.composing import Message, Silence, compose
from bot.digests.due import CATCH_UP, what_is_due
from bot.digests.refusals import OF_THE_WORKSPACE, PERMANENT, explain
from bot.digests.telling import tell_owners
from bot.slack.post import (
    ATTEMPTS,
    HistoryAway,
    HistoryClosed,
    NotPosted,
    Outcome,
    Posted,
    Poster,
    Refused,
    Unsure,
)
from handlers.failures import kind_of, where
from storage import digests
from storage.digests import ALERT, DETAILS, Run
from storage.subscriptions import list_active, pause_for

Result = TypeVar("Result")

logger = structlog.get_logger(__name__)

# A process that says nothing for so long is taken for dead.
LEASE = timedelta(minutes=5)
# What Slack did not take for now is tried again after this, so at most so long after it is back.
LATER = timedelta(minutes=5)
# A message that may have arrived is there by then.
SETTLED = timedelta(minutes=1)
BATCH = 50
# Reports at once: the database has other work too.
AT_ONCE = 4

TOO_LATE = "It was more than 24 hours late: devmetrics was not running, or Slack did not take it."
UNKNOWN = (
    "Whether the message arrived is not known: the connection broke while it was sent, and devmetrics may not look "
    "into the channel. It is not sent again. `/devmetrics {again}` shows it."
)


class Ended(NamedTuple):
    """What came of one run for now."""

    run: Run
    # As in digest_runs; claimed and posting: to be gone on with later.
    state: str
    reason: str | None = None


@dataclass(slots=True)
class Sending:
    engine: AsyncEngine
    organization_id: UUID
    poster: Poster
    lease: timedelta = LEASE
    _database: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def send_due(self, now: datetime) -> list[Ended]:
        """Everything that is due at `now` (aware) and that no other process has in hand."""
        await self._record_late(now)
        ended: list[Ended] = []
        while runs := await self._claim(now):
            claim, batch = runs
            ended += await asyncio.gather(*(self._carefully(run, claim, now) for run in batch))
        await tell_owners(self.engine, self.organization_id, self.poster)
        return ended

    async def _record_late(self, now: datetime) -> None:
        async with self.engine.begin() as connection:
            due = what_is_due(await list_active(connection, self.organization_id), now)
            if count := await digests.skip_late(connection, due.too_late, TOO_LATE):
                logger.warning("digests were skipped: it is too late for them", count=count)

    async def _claim(self, now: datetime) -> tuple[UUID, list[Run]] | None:
        """What another process left behind comes first. None: nothing is left that is due."""
        claim = uuid4()
        async with self.engine.begin() as connection:
            taken = await digests.take_over(connection, self.organization_id, claim, self.lease, BATCH)
            due = what_is_due(await list_active(connection, self.organization_id), now).now
            await digests.claim_due(connection, due[: BATCH - taken], claim, self.lease)
            # All of them may have gone to another process meanwhile, with more behind them.
            if not taken and not due:
                return None
            return claim, await digests.read_claimed(connection, claim)

    async def _carefully(self, run: Run, claim: UUID, now: datetime) -> Ended:
        """One digest that fails keeps no other from being sent."""
        try:
            return await self._go_on(run, claim, now)
        except SQLAlchemyError:
            raise
        except Exception as error:  # noqa: BLE001 (the edge of one digest: it is logged, and tried again)
            logger.error("a digest failed", run=str(run.id), reason=kind_of(error), where=where(error))
            return await self._later(run, claim, "An error of devmetrics itself: it is in the log.", LATER)

    async def _go_on(self, run: Run, claim: UUID, now: datetime) -> Ended:
        if run.state == "posting" and (ended := await self._look(run, claim, now)):
            return ended
        if now - run.scheduled_for > CATCH_UP:
            return await self._end(run, claim, "skipped", TOO_LATE, tell_owner=True)
        async with self._database:
            message = await compose(self.engine, self.organization_id, run)
        if isinstance(message, Silence):
            return await self._end(run, claim, "skipped", message.reason, tell_owner=False, numbers=message.numbers)
        return await self._post(run, claim, message)

    async def _look(self, run: Run, claim: UUID, now: datetime) -> Ended | None:
        """Its process ended between asking Slack and hearing the answer. None: it is certainly not in the channel."""
        assert run.posting_at is not None
        again = "alerts" if run.kind == ALERT else f"digest now {run.team_slug}"
        unknown = UNKNOWN.format(again=again)
        try:
            ts = await self.poster.find(run.channel_id, str(run.id), run.posting_at, run.thread_ts)
        except HistoryClosed:
            return await self._end(run, claim, "unknown", unknown, tell_owner=True)
        except HistoryAway:
            if now - run.scheduled_for > CATCH_UP:
                return await self._end(run, claim, "unknown", unknown, tell_owner=True)
            return await self._later(run, claim, "Slack does not answer.", LATER, state="posting")
        if ts is not None:
            return await self._sent(run, ts)
        kept = await self._write(lambda connection: digests.keep(connection, run.id, claim, self.lease))
        return None if kept else Ended(run, "claimed", "Another process has it.")

    async def _post(self, run: Run, claim: UUID, message: Message) -> Ended:
        outcome: Outcome = NotPosted("not tried")
        for attempt in range(1, ATTEMPTS + 1):
            async with self.poster.turn(run.channel_id):
                # From here to the answer a crash leaves it open whether the message is there.
                marked = await self._write(
                    lambda connection: digests.mark_posting(connection, run.id, claim, message.numbers, self.lease)
                )
                if marked:
                    outcome = await self.poster.attempt(
                        run.channel_id, message.answer, message.plain, str(run.id), run.thread_ts
                    )
            if not marked:
                return await self._end(run, claim, "skipped", "Nobody wants it any more.", tell_owner=False)
            if not isinstance(outcome, NotPosted):
                break
            if not await self._write(lambda connection: digests.keep(connection, run.id, claim, self.lease)):
                return Ended(run, "claimed", "Another process has it.")
            if attempt == ATTEMPTS or not await self.poster.worth_waiting(outcome, attempt):
                break
        match outcome:
            case Posted(ts):
                return await self._sent(run, ts)
            case NotPosted(reason, retry_after):
                return await self._later(run, claim, reason, max(LATER, timedelta(seconds=retry_after or 0)))
            case Unsure(reason):
                return await self._later(run, claim, reason, SETTLED, state="posting")
            case Refused(code):
                return await self._refused(run, claim, code)

    async def _refused(self, run: Run, claim: UUID, code: str) -> Ended:
        reason = explain(code, run)
        log = logger.error if code in OF_THE_WORKSPACE or code not in PERMANENT else logger.warning
        log("Slack refused a digest", code=code, team=run.team_slug, channel=run.channel_id)
        async with self.engine.begin() as connection:
            if code in PERMANENT and run.kind != DETAILS:
                await pause_for(connection, run.order_id, code)
            tell = run.kind != DETAILS and code not in OF_THE_WORKSPACE
            await digests.mark_ended(connection, run.id, claim, "failed", reason, tell_owner=tell)
        return Ended(run, "failed", reason)

    async def _sent(self, run: Run, ts: str) -> Ended:
        await self._write(lambda connection: digests.mark_sent(connection, run.id, ts))
        return Ended(run, "sent")

    async def _later(self, run: Run, claim: UUID, reason: str, delay: timedelta, state: str = "claimed") -> Ended:
        await self._write(lambda connection: digests.put_off(connection, run.id, claim, state, delay, reason))
        return Ended(run, state, reason)

    async def _end(
        self,
        run: Run,
        claim: UUID,
        state: str,
        reason: str,
        *,
        tell_owner: bool,
        numbers: dict[str, object] | None = None,
    ) -> Ended:
        await self._write(
            lambda connection: digests.mark_ended(
                connection,
                run.id,
                claim,
                state,
                reason,
                # Whoever misses the details has the digest.
                tell_owner=tell_owner and run.kind != DETAILS,
                numbers=numbers,
            )
        )
        return Ended(run, state, reason)

    async def _write(self, change: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
        async with self._database, self.engine.begin() as connection:
            return await change(connection)
