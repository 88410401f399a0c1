"""`/devmetrics digest`"""

from bot.commands import CommandContext
from tests.bot.commands.subscribing import ask, in_channel


async def test_it_shows_the_channels_digests_with_their_next_run(context: CommandContext) -> None:
    here = await in_channel(context)
    assert "This channel gets no digest" in (await ask(here, "digest")).text
    await ask(here, "subscribe platform mon 09:30 Europe/Berlin")
    shown = "*Platform* (`platform`): Mondays at 09:30, Europe/Berlin; next Monday 30 Nov 2026, 09:30"
    for asked in ("digest", "digest show"):
        assert shown in (await ask(here, asked)).text


async def test_now_is_a_preview_of_the_last_whole_week(context: CommandContext) -> None:
    here = await in_channel(context)
    for asked in ("digest now platform",):
        answer = await ask(here, asked)
        assert answer.understood
        assert "Platform: nothing was deployed to production, 16 Nov" in answer.text
    assert "Did you mean `/devmetrics digest now platform`?" in (await ask(here, "digest now platfrom")).text


async def test_paused_it_has_no_next_run_until_it_is_resumed(context: CommandContext) -> None:
    here = await in_channel(context)
    await ask(here, "subscribe platform")
    assert "is paused" in (await ask(here, "digest pause")).text
    assert "Mondays at 09:00, UTC; paused" in (await ask(here, "digest")).text
    assert "the next one comes on Monday 30 Nov 2026, 09:00" in (await ask(here, "digest resume platform")).text
    assert "paused" not in (await ask(here, "digest")).text


async def test_another_word_is_answered_with_those_there_are(context: CommandContext) -> None:
    answer = await ask(await in_channel(context), "digest puase")
    assert "Did you mean `/devmetrics digest pause`?" in answer.text
