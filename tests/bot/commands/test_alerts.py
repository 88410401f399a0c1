"""`/devmetrics alerts`"""

from bot.commands import CommandContext
from tests.bot.commands.subscribing import ask, in_channel


async def test_it_lists_what_the_channel_has_set(context: CommandContext) -> None:
    assert "type this in Slack" in (await ask(context, "alerts")).text
    here = await in_channel(context)
    assert "has set no limits" in (await ask(here, "alerts")).text
    await ask(here, "alert platform lead_time above 2d")
    answer = await ask(here, "alerts")
    assert "*Platform* (`platform`): lead time above 2 days" in answer.text
