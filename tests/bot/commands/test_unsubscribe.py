"""`/devmetrics unsubscribe`"""

from bot.commands import CommandContext
from storage.subscriptions import list_in_channel
from tests.bot.commands.subscribing import CHANNEL, OTHER, ask, in_channel


async def test_the_only_digest_of_a_channel_needs_no_name(context: CommandContext) -> None:
    here = await in_channel(context)
    await ask(here, "subscribe platform")
    await ask(here, f"subscribe payments <#{OTHER}|other>")
    assert "gets no digest of *Platform* any more" in (await ask(here, "unsubscribe")).text
    async with here.engine.connect() as connection:
        assert await list_in_channel(connection, here.organization_id, CHANNEL) == []
        assert len(await list_in_channel(connection, here.organization_id, OTHER)) == 1
    assert "This channel gets no digest" in (await ask(here, "unsubscribe")).text
    assert (await ask(here, "subscribe platform")).understood


async def test_of_several_one_has_to_be_named(context: CommandContext) -> None:
    here = await in_channel(context)
    for team in ("platform", "payments"):
        await ask(here, f"subscribe {team}")
    assert "Which team's? For example `/devmetrics unsubscribe payments`" in (await ask(here, "unsubscribe")).text
    assert "Did you mean `/devmetrics unsubscribe payments`?" in (await ask(here, "unsubscribe paymnts")).text
    assert "*Payments*" in (await ask(here, "unsubscribe payments")).text
