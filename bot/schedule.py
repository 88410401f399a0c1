"""Every timed job. APScheduler is a timer and no more: what is due, and that it was done, is decided in the database.

Any number of processes may run it. Its own job stores cannot be shared:
https://apscheduler.readthedocs.io/en/3.x/faq.html#how-do-i-share-a-single-job-store-among-one-or-more-worker-processes
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.alerts.checking import check_alerts
from bot.digests.sending import Sending
from bot.settings import Settings
from bot.slack.post import Poster
from bot.stopping import Stopping
from handlers.asking.apis import Apis
from handlers.asking.keeping import Keeper
from handlers.failures import kind_of, where
from storage.continuous import refresh_continuous
from storage.retention import run_retention

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    trigger: CronTrigger
    work: Callable[[], Awaitable[object]]


def jobs(settings: Settings, engine: AsyncEngine, organization_id: UUID, apis: Apis) -> list[Job]:
    """Those that this configuration has work for."""
    # What is due for which provider's API stands in the database.
    table = [Job("providers", CronTrigger(second=15, timezone=UTC), Keeper(engine, apis).run_due)]

    async def count_again() -> None:
        await refresh_continuous(engine)

    table.append(Job("aggregates", CronTrigger(minute=37, timezone=UTC), count_again))

    async def drop_what_is_old() -> None:
        await run_retention(engine, settings.periods, await database_clock(engine))

    table.append(Job("retention", CronTrigger(minute=7, timezone=UTC), drop_what_is_old))
    if settings.slack_bot_token is not None:
        poster = Poster(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        sending = Sending(engine, organization_id, poster)

        async def send_digests() -> None:
            await sending.send_due(await database_clock(engine))

        async def look_at_limits() -> None:
            await check_alerts(engine, organization_id, await database_clock(engine))

        table.append(Job("alerts", CronTrigger(minute="*/10", second=30, timezone=UTC), look_at_limits))
        table.append(Job("digests", CronTrigger(second=0, timezone=UTC), send_digests))
    return table


@asynccontextmanager
async def ticking(
    settings: Settings, engine: AsyncEngine, organization_id: UUID, apis: Apis, stopping: Stopping
) -> AsyncIterator[None]:
    """The jobs, each at its time and never twice at once; at the end what is in hand is finished, or left to another
    process when there is no time."""
    scheduler = AsyncIOScheduler(
        jobstores={"default": MemoryJobStore()},
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    # It says at every tick that a job runs longer than a minute, which is none of anybody's business.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    idle: list[asyncio.Lock] = []
    for job in jobs(settings, engine, organization_id, apis):
        busy = asyncio.Lock()
        idle.append(busy)
        scheduler.add_job(run_job, job.trigger, args=(job, busy), id=job.name)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        with suppress(TimeoutError):
            async with asyncio.timeout(stopping.seconds_left):
                for busy in idle:
                    await busy.acquire()
        scheduler.shutdown(wait=False)
        # It is only asked to; the loop's next turn does it.
        await asyncio.sleep(0)


async def run_job(job: Job, busy: asyncio.Lock) -> None:
    async with busy:
        try:
            await job.work()
        except Exception as error:  # noqa: BLE001 (the edge: the next tick tries again, and the log says what happened)
            logger.error("a timed job failed", job=job.name, reason=kind_of(error), where=where(error))


async def database_clock(engine: AsyncEngine) -> datetime:
    """The one clock that all processes share."""
    async with engine.connect() as connection:
        now: datetime = (await connection.execute(sa.select(sa.func.clock_timestamp()))).scalar_one()
        return now
