"""`/devmetrics alert`"""

import pytest

from bot.commands import CommandContext
from bot.commands.alert import read_limit
from storage.alerts import list_alerts_of_channel
from tests.bot.commands.subscribing import CHANNEL, OTHER, ask, in_channel


async def test_a_channel_sets_a_limit_and_learns_how_often_it_would_have_been_told(context: CommandContext) -> None:
    here = await in_channel(context)
    for asked, said in (
        ("alert platform change_failure_rate above 20%", "the change failure rate of *Platform* is above 20 %"),
        ("alert platform review waiting over 24h", "the longest wait for a review of *Platform* is above 1 day"),
        ("alert platform lead-time > 2.5 days", "the lead time of *Platform* is above 2.5 days"),
    ):
        answer = await ask(here, asked)
        assert answer.understood
        assert f"<#{CHANNEL}> is told when {said}. It is announced once" in answer.text
        assert "the team is not tracked for long enough. Now " in answer.text
    async with here.engine.connect() as connection:
        every = await list_alerts_of_channel(connection, here.organization_id, CHANNEL)
    assert [(one.metric, one.above) for one in every] == [
        ("change_failure_rate", 0.2),
        ("lead_time", 2.5 * 86_400),
        ("review_waiting", 86_400),
    ]


async def test_setting_it_again_changes_the_limit_and_it_is_removed(context: CommandContext) -> None:
    here = await in_channel(context)
    await ask(here, "alert platform rework_rate above 20%")
    await ask(here, "alert platform rework_rate above 30%")
    assert "rework rate above 30 %" in (await ask(here, "alerts")).text
    assert "is removed" in (await ask(here, "alert platform rework_rate remove")).text
    assert "no such limit" in (await ask(here, "alert platform rework_rate remove")).text


async def test_another_channel_may_be_named(context: CommandContext) -> None:
    here = await in_channel(context)
    assert f"<#{OTHER}> is told" in (await ask(here, f"alert platform rework_rate above 20% <#{OTHER}|web>")).text
    assert "has set no limits" in (await ask(here, "alerts")).text


async def test_what_cannot_be_is_explained(context: CommandContext) -> None:
    assert "type this in Slack" in (await ask(context, "alert platform rework_rate above 20%")).text
    here = await in_channel(context)
    for asked, said in (
        ("alert", "Of which team, which number, above what?"),
        ("alert platfrom rework_rate above 20%", "Did you mean `/devmetrics alert platform rework_rate"),
        ("alert platform rework_rat above 20%", "Did you mean `/devmetrics alert platform rework_rate`?"),
        ("alert platform", "There are `change_failure_rate`"),
        ("alert platform rework_rate above", "Write the limit as `20%`"),
        ("alert platform lead_time above 20%", "Write the limit as `24h` or `2d`"),
    ):
        answer = await ask(here, asked)
        assert not answer.understood, asked
        assert said in answer.text


@pytest.mark.parametrize(
    ("metric", "said", "limit"),
    [
        ("rework_rate", "12.5%", 0.125),
        ("rework_rate", "100%", None),
        ("rework_rate", "24h", None),
        ("review_waiting", "90min", 5400),
        ("review_waiting", "2days", 172_800),
        ("review_waiting", "0h", None),
        ("review_waiting", "soon", None),
        ("review_waiting", "٣h", None),
    ],
)
def test_limits_are_percents_or_lengths_of_time(metric: str, said: str, limit: float | None) -> None:
    assert read_limit(metric, said) == limit
