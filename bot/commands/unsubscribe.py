"""`/devmetrics unsubscribe platform`"""

from bot.commands.choosing import choose
from bot.commands.command import Command, CommandContext
from bot.slack.answer import Answer
from bot.slack.messages.subscriptions import unsubscribed_answer
from storage.subscriptions import unsubscribe


async def answer_unsubscribe(words: list[str], context: CommandContext) -> Answer:
    chosen = await choose("unsubscribe", words, context)
    if isinstance(chosen, Answer):
        return chosen
    async with context.engine.begin() as connection:
        await unsubscribe(connection, context.organization_id, chosen, str(context.user_id))
    return unsubscribed_answer(chosen)


COMMAND = Command(
    word="unsubscribe",
    usage="unsubscribe [team] [#channel]",
    summary="End a team's digest in a channel",
    details="Of this channel, or of the one that is named. The team may be left out where there is only one digest.",
    examples=("unsubscribe platform", "unsubscribe platform #platform"),
    answer=answer_unsubscribe,
)
