"""A number that crosses its limit is announced once, whoever looks; and again only after it was back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.alerts.checking import check_alerts
from bot.demo.workspace.failures import Failure
from storage.alerts import list_active_alerts, list_alerts_of_channel, record_check, remove_alert, set_alert
from tests.bot.digests.setting import MONDAY, Setting, setting

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# No digest is due then.
TUESDAY = MONDAY + DAY


@pytest.fixture
async def here(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Setting]:
    async with setting(engine, organization_id) as made:
        await made.send()
        made.workspace.state.messages.clear()
        for number in range(8):
            await made.deploy(MONDAY - number * HOUR)
        await limit(made, 0.2)
        yield made


async def limit(here: Setting, above: float, metric: str = "change_failure_rate") -> None:
    async with here.engine.begin() as connection:
        await set_alert(connection, here.organization_id, "platform", here.channel.id, (metric, above), here.ana.id)


async def look(here: Setting, now: datetime) -> list[str]:
    """As the two timers do; what the channel was told."""
    await check_alerts(here.engine, here.organization_id, now)
    before = len(here.posted())
    await here.sending().send_due(now)
    return [message.text for message in here.posted()[before:]]


async def test_it_is_announced_when_it_crosses_and_again_only_after_it_was_back(here: Setting) -> None:
    assert await look(here, TUESDAY) == []
    for number in range(3):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    (said,) = await look(here, TUESDAY + HOUR)
    assert said == (
        "Platform: the change failure rate of the last 30 days is 25 % (n 12), above the limit of 20 % that was "
        "set for this channel. It is announced once, and again only after it was a tenth below."
    )
    assert here.posted()[0].blocks[-1]["type"] == "actions"
    assert await look(here, TUESDAY + 2 * HOUR) == []
    for number in range(3, 20):
        await here.deploy(TUESDAY - number * HOUR)
    assert await look(here, TUESDAY + 3 * HOUR) == []
    for number in range(20, 30):
        await here.deploy(TUESDAY - number * HOUR - HOUR / 2, "failed")
    assert len(await look(here, TUESDAY + 4 * HOUR)) == 1
    assert here.told() == []


async def test_one_that_swings_around_its_limit_is_announced_once(here: Setting) -> None:
    """25, 19, 28, 18, 28 %: at 18 % it is back."""
    for number in range(3):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    assert len(await look(here, TUESDAY)) == 1
    for number in range(4):
        await here.deploy(TUESDAY - (8 + number + 0.5) * HOUR)
    assert await look(here, TUESDAY + HOUR) == []
    for number in range(2):
        await here.deploy(TUESDAY - (14 + number + 0.5) * HOUR, "failed")
    assert await look(here, TUESDAY + 2 * HOUR) == []
    for number in range(10):
        await here.deploy(TUESDAY - (17 + number + 0.5) * HOUR)
    assert await look(here, TUESDAY + 3 * HOUR) == []
    for number in range(4):
        await here.deploy(TUESDAY - (28 + number + 0.5) * HOUR, "failed")
    assert len(await look(here, TUESDAY + 4 * HOUR)) == 1


async def test_many_processes_that_look_at_once_announce_it_once(here: Setting) -> None:
    for number in range(4):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    moments = [TUESDAY + number * HOUR / 60 for number in range(4)] * 2
    crossed = await asyncio.gather(*(check_alerts(here.engine, here.organization_id, moment) for moment in moments))
    assert sum(crossed) == 1
    await asyncio.gather(*(here.sending().send_due(TUESDAY + HOUR) for _ in range(3)))
    assert len(here.posted()) == 1


async def test_a_limit_that_cannot_be_looked_at_keeps_no_other_from_being_announced(here: Setting) -> None:
    await limit(here, 0.2, "a_number_of_a_newer_version")
    for number in range(4):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    assert len(await look(here, TUESDAY)) == 1


async def test_a_number_is_read_once_however_many_channels_have_a_limit_for_it(here: Setting) -> None:
    for number in range(4):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    reads: list[str] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        reads.extend([statement] if statement.lower().lstrip().startswith(("select", "with")) else [])

    sa.event.listen(here.engine.sync_engine, "before_cursor_execute", remember)
    assert await check_alerts(here.engine, here.organization_id, TUESDAY) == 1
    once = len(reads)
    async with here.engine.begin() as connection:
        for channel in ("C100", "C200", "C300"):
            of = ("change_failure_rate", 0.2)
            await set_alert(connection, here.organization_id, "platform", channel, of, here.ana.id)
    reads.clear()
    assert await check_alerts(here.engine, here.organization_id, TUESDAY + HOUR) == 3
    assert len(reads) == once


async def test_who_read_the_number_earlier_changes_nothing(here: Setting) -> None:
    async with here.engine.begin() as connection:
        (alert,) = await list_active_alerts(connection, here.organization_id)
        assert await record_check(connection, alert, TUESDAY, {"metric": "change_failure_rate"})
        assert not await record_check(connection, alert, TUESDAY - HOUR, None)
        assert not await record_check(connection, alert, TUESDAY + HOUR, {"metric": "change_failure_rate"})
        assert not await record_check(connection, alert, TUESDAY + 2 * HOUR, None)
        assert await record_check(connection, alert, TUESDAY + 3 * HOUR, {"metric": "change_failure_rate"})


async def test_another_limit_begins_anew_and_a_removed_one_is_silent(here: Setting) -> None:
    for number in range(4):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    assert len(await look(here, TUESDAY)) == 1
    await limit(here, 0.25)
    assert len(await look(here, TUESDAY + HOUR)) == 1
    await limit(here, 0.1)
    async with here.engine.begin() as connection:
        (alert,) = await list_alerts_of_channel(connection, here.organization_id, here.channel.id)
        await remove_alert(connection, here.organization_id, alert, here.ana.id)
    assert await look(here, TUESDAY + 2 * HOUR) == []


async def test_a_channel_that_is_gone_pauses_it_and_its_owner_is_told_once(here: Setting) -> None:
    for number in range(4):
        await here.deploy(TUESDAY - number * HOUR, "failed")
    here.workspace.failures.plan(Failure("chat.postMessage", error="is_archived"))
    assert await look(here, TUESDAY) == []
    assert len(here.told()) == 1
    assert here.told()[0].startswith("The limit of `platform` for ")
    assert "set it again with `/devmetrics alert platform`" in here.told()[0]
    async with here.engine.connect() as connection:
        (alert,) = await list_alerts_of_channel(connection, here.organization_id, here.channel.id)
    assert alert.pause_reason == "is_archived"
    assert await look(here, TUESDAY + HOUR) == []


async def test_the_longest_wait_names_its_pull_request_and_no_person(here: Setting) -> None:
    async with here.engine.begin() as connection:
        waiting = ("review_waiting", 86_400.0)
        await set_alert(connection, here.organization_id, "platform", here.channel.id, waiting, here.ana.id)
    await here.open_pull_request(TUESDAY - 2 * DAY)
    (said,) = await look(here, TUESDAY)
    assert said.startswith("Platform: acme/api #77 has waited for a review for 2 days, above the limit of 1 day")
