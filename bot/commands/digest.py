"""`/devmetrics digest now platform`"""

from bot.commands.choosing import NONE_HERE, ONLY_IN_SLACK, asker, choose, without_mentions
from bot.commands.command import Command, CommandContext
from bot.commands.naming import match_team, similar
from bot.digests.due import next_run
from bot.slack.answer import Answer
from bot.slack.messages.digest import digest_answer
from bot.slack.messages.notice import did_you_mean, notice, quoted
from bot.slack.messages.subscriptions import paused_answer, resumed_answer, subscriptions_answer
from reports.digest import weekly_digest
from reports.scope import find_team, list_teams
from reports.snapshot import snapshot
from storage.subscriptions import list_in_channel, pause, resume

OWNS_NOTHING = "This team owns no repository, so there is nothing to tell of it: an administrator gives it one."


async def answer_digest(words: list[str], context: CommandContext) -> Answer:
    """Without words: what this channel gets."""
    word, *rest = words or ["show"]
    actions = {"now": _now, "show": _show, "pause": _pause, "resume": _resume}
    if action := actions.get(word.lower()):
        return await action(rest, context)
    meant = did_you_mean("digest", similar(word, actions))
    return notice(*filter(None, [f"I do not understand {quoted(word)}.", meant, f"Try `/devmetrics {COMMAND.usage}`."]))


async def _now(words: list[str], context: CommandContext) -> Answer:
    """The digest of the last whole week, for the asker alone."""
    words = without_mentions(words, context)
    if not words:
        chosen = await choose("digest now", [], context)
        if isinstance(chosen, Answer):
            return chosen
        words = [chosen.team_slug]
    async with snapshot(context.engine) as connection:
        teams = await list_teams(connection, context.organization_id)
        match = match_team(words, teams)
        scope = await find_team(connection, context.organization_id, match[0].slug) if match else None
        if scope is None:
            meant = did_you_mean("digest now", similar(words[0], [team.slug for team in teams]))
            return notice(*filter(None, [f"I know no team {quoted(words[0])}.", meant]))
        if scope.whole_organization:
            return notice(OWNS_NOTHING)
        return digest_answer(await weekly_digest(connection, scope, context.now))


async def _show(_words: list[str], context: CommandContext) -> Answer:
    here = asker(context)
    if here is None:
        return notice(ONLY_IN_SLACK)
    async with context.engine.connect() as connection:
        every = await list_in_channel(connection, context.organization_id, here.channel_id)
    if not every:
        return notice(NONE_HERE, understood=True)
    return subscriptions_answer([(one, next_run(one, context.now)) for one in every])


async def _pause(words: list[str], context: CommandContext) -> Answer:
    chosen = await choose("digest pause", words, context)
    if isinstance(chosen, Answer):
        return chosen
    async with context.engine.begin() as connection:
        await pause(connection, context.organization_id, chosen, str(context.user_id))
    return paused_answer(chosen)


async def _resume(words: list[str], context: CommandContext) -> Answer:
    chosen = await choose("digest resume", words, context)
    if isinstance(chosen, Answer):
        return chosen
    async with context.engine.begin() as connection:
        await resume(connection, context.organization_id, chosen, str(context.user_id))
    return resumed_answer(chosen, next_run(chosen, context.now))


COMMAND = Command(
    word="digest",
    usage="digest [show|now|pause|resume] [team]",
    summary="The weekly digests of this channel",
    details=(
        "`show` lists them with their next run; `now` shows one to you alone, as the channel would get it; `pause` and "
        "`resume` do what they say. Subscribe with `/devmetrics subscribe`."
    ),
    examples=("digest", "digest now platform", "digest pause platform", "digest resume platform"),
    answer=answer_digest,
)
