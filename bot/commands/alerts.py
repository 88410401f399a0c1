"""`/devmetrics alerts`"""

from bot.commands.alert import HOW, ONLY_IN_SLACK
from bot.commands.choosing import asker
from bot.commands.command import Command, CommandContext
from bot.slack.answer import Answer
from bot.slack.messages.alerts import alerts_answer
from bot.slack.messages.notice import notice
from storage.alerts import list_alerts_of_channel


async def answer_alerts(_words: list[str], context: CommandContext) -> Answer:
    here = asker(context)
    if here is None:
        return notice(ONLY_IN_SLACK)
    async with context.engine.connect() as connection:
        every = await list_alerts_of_channel(connection, context.organization_id, here.channel_id)
    return alerts_answer(every) if every else notice("This channel has set no limits.", HOW, understood=True)


COMMAND = Command(
    word="alerts",
    usage="alerts [#channel]",
    summary="The limits that this channel has set",
    details="Each with whether the number is above it now.",
    examples=("alerts",),
    answer=answer_alerts,
)
