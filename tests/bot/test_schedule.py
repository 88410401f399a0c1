"""The timer: it ticks, never twice at once, goes on after a failure, and finishes what is in hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from apscheduler.triggers.cron import CronTrigger
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.schedule import Job, database_clock, jobs, run_job, ticking
from bot.settings import Settings
from bot.stopping import Stopping
from handlers.asking.apis import Apis, none_at_all
from tests.bot.digests.setting import Setting, setting
from tests.bot.slack.place import settings_for

NOBODY = Apis(none_at_all)


async def test_without_slack_there_are_no_digests(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> None:
    nothing = Settings(data_dir=tmp_path)
    assert [job.name for job in jobs(nothing, engine, organization_id, NOBODY)] == [
        "providers",
        "aggregates",
        "retention",
    ]
    async with ticking(nothing, engine, organization_id, NOBODY, Stopping()):
        pass


async def test_a_tick_sends_what_is_due_by_the_databases_clock(
    engine: AsyncEngine, organization_id: UUID, tmp_path: Path
) -> None:
    async with setting(engine, organization_id) as here:
        await due_an_hour_ago(here)
        *_, job = jobs(settings_for(here.workspace, tmp_path), engine, organization_id, NOBODY)
        await job.work()
        assert len(here.posted()) == 1
        await job.work()
        assert len(here.posted()) == 1


async def due_an_hour_ago(here: Setting) -> None:
    moment = await database_clock(here.engine) - timedelta(hours=1)
    hour = (moment.isoweekday(), f"{moment:%H:%M}", "UTC")
    async with here.engine.begin() as connection:
        values = {"weekday": hour[0], "local_time": hour[1], "active_since": moment - timedelta(days=1)}
        await connection.execute(
            sa.text(
                "UPDATE digest_subscriptions SET weekday = :weekday, local_time = :local_time, "
                "active_since = :active_since"
            ),
            values,
        )


async def test_a_job_that_fails_is_logged_and_the_next_tick_tries_again() -> None:
    ticks = 0

    async def work() -> None:
        nonlocal ticks
        ticks += 1
        raise RuntimeError("no luck")

    busy = asyncio.Lock()
    job = Job("unlucky", CronTrigger(second=0, timezone=UTC), work)
    await run_job(job, busy)
    await run_job(job, busy)
    assert ticks == 2
    assert not busy.locked()


def test_the_digests_tick_every_minute(engine: AsyncEngine, organization_id: UUID, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, slack_bot_token=SecretStr("xoxb-1"))
    *_, job = jobs(settings, engine, organization_id, NOBODY)
    first = job.trigger.get_next_fire_time(None, datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC))
    assert first == datetime(2026, 11, 23, 9, 1, tzinfo=UTC)
