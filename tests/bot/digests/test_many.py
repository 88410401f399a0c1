"""Hundreds of digests due at once, within Slack's limits of speed: the workspace answers 429 to whoever is faster.

DEVMETRICS_DIGESTS sets how many (`make digests`: 500).
"""

import itertools
import os
from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.digests.sending import Sending
from bot.slack.pace import Pace
from bot.slack.post import Poster
from tests.bot.digests.setting import MONDAY, Setting, setting

DIGESTS = int(os.environ.get("DEVMETRICS_DIGESTS", "30"))
# In one channel, which takes one message a second.
IN_ONE_CHANNEL = DIGESTS // 5
LONGEST_SECONDS = 600


@pytest.fixture
async def here(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Setting]:
    async with setting(engine, organization_id, strict=True) as made:
        yield made


async def test_all_are_sent_in_less_than_ten_minutes_and_none_is_starved(here: Setting) -> None:
    """On a clock that only waiting moves. A busy channel keeps no other one waiting."""
    busy = here.workspace.state.add_channel("everybody", here.ana)
    await here.subscribe_teams(busy, IN_ONE_CHANNEL)
    channels = [here.channel]
    for number in range(DIGESTS - IN_ONE_CHANNEL - 1):
        channels.append(here.workspace.state.add_channel(f"team-{number}", here.ana))
        await here.subscribe(channels[-1])

    assert Counter(await here.send()) == {"sent": DIGESTS}
    assert len(here.posted(busy)) == len(here.details(busy)) == IN_ONE_CHANNEL
    assert all(len(here.posted(channel)) == len(here.details(channel)) == 1 for channel in channels)
    assert here.clock.seconds < LONGEST_SECONDS * DIGESTS / 500
    assert here.told() == []
    # Slack had to ask for patience hardly ever: the pace is the sender's own.
    assert here.workspace.rate_limits.refusals <= DIGESTS / 50


async def test_a_sender_that_is_faster_than_slack_is_asked_to_wait_and_loses_nothing(here: Setting) -> None:
    """As when several processes send, which do not know of each other's pace."""
    await here.subscribe_teams(here.channel, 5)
    hasty = Pace(itertools.count(0, 1000).__next__, here.clock.sleep)
    poster = Poster(here.workspace.bot_token, here.workspace.api_url, hasty)
    sending = Sending(here.engine, here.organization_id, poster)
    await sending.send_due(MONDAY)
    # What Slack did not take after some attempts is put off for minutes.
    while len(here.details()) < 6:
        await here.let_time_pass()
        await sending.send_due(MONDAY)
    assert here.workspace.rate_limits.refusals >= 5
    assert len(here.posted()) == len(here.details()) == 6
