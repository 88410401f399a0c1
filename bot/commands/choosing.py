"""Which of the channel's digests is meant."""

from dataclasses import dataclass

from bot.commands.command import CommandContext
from bot.commands.naming import match_team, similar
from bot.slack.answer import Answer
from bot.slack.messages.notice import did_you_mean, for_example, notice, quoted
from reports.scope import TeamListing
from storage.subscriptions import Subscription, list_in_channel

ONLY_IN_SLACK = "Digests belong to a channel: type this in Slack, in the channel that gets them."
NONE_HERE = "This channel gets no digest. `/devmetrics subscribe platform mon 09:30` orders one."


@dataclass(frozen=True, slots=True)
class Asker:
    user_id: str
    channel_id: str


def asker(context: CommandContext) -> Asker | None:
    """The person and the channel; the one that is mentioned, else the one in which it was typed."""
    if not context.user_id or not context.channel_id:
        return None
    return Asker(context.user_id, context.mentioned[0][0] if context.mentioned else context.channel_id)


def without_mentions(words: list[str], context: CommandContext) -> list[str]:
    """The words without the names of the channels that are mentioned among them."""
    words = list(words)
    for _, name in context.mentioned:
        # The last one: a team may be called like its channel.
        places = [place for place, word in enumerate(words) if word == name]
        if places:
            del words[places[-1]]
    return words


async def choose(word: str, words: list[str], context: CommandContext) -> Subscription | Answer:
    """The subscription that `words` name; without words the only one. Else what to say. `word`: the command's own."""
    here = asker(context)
    if here is None:
        return notice(ONLY_IN_SLACK)
    async with context.engine.connect() as connection:
        every = await list_in_channel(connection, context.organization_id, here.channel_id)
    if not every:
        return notice(NONE_HERE)
    words = without_mentions(words, context)
    slugs = [one.team_slug for one in every]
    if not words:
        return every[0] if len(every) == 1 else notice(*filter(None, ["Which team's?", for_example(word, slugs[:3])]))
    match = match_team(words, [TeamListing(one.team_slug, one.team_name, 1) for one in every])
    if match is None:
        meant = did_you_mean(word, similar(words[0], slugs)) or for_example(word, slugs[:3])
        return notice(*filter(None, [f"This channel gets no digest of {quoted(' '.join(words))}.", meant]))
    return next(one for one in every if one.team_slug == match[0].slug)
