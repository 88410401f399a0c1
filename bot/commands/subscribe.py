"""`/devmetrics subscribe platform mon 09:30 Europe/Berlin #platform`"""

from dataclasses import replace

from bot.commands.choosing import ONLY_IN_SLACK, Asker, asker, without_mentions
from bot.commands.command import Command, CommandContext
from bot.commands.hours import NotAnHour, read_hour
from bot.commands.naming import match_team, similar
from bot.commands.ordering import open_form, order
from bot.digests.due import next_run
from bot.slack.answer import Answer
from bot.slack.messages.notice import did_you_mean, notice, quoted
from bot.slack.messages.subscribe_form import Filled
from bot.slack.messages.subscriptions import subscribed_answer
from bot.slack.messages.teams import NO_TEAM
from bot.slack.mrkdwn import code, escape
from reports.scope import TeamListing, list_teams

# Slack's ids of conversations with one person; devmetrics is not in them.
DIRECT = "D"
HOW = "To which team's digest, and when? For example `/devmetrics subscribe platform mon 09:30 Europe/Berlin`."
NOT_HERE = "A digest goes to a channel: type this there, or name one at the end, as in `subscribe platform #platform`."


async def answer_subscribe(words: list[str], context: CommandContext) -> Answer:
    here = asker(context)
    if here is None:
        return notice(ONLY_IN_SLACK)
    words = without_mentions(words, context)
    if not words:
        return await _form(here, context)
    if here.channel_id.startswith(DIRECT):
        return notice(NOT_HERE)
    async with context.engine.begin() as connection:
        teams = await list_teams(connection, context.organization_id)
        if not teams:
            return notice(NO_TEAM)
        match = match_team(words, teams)
        if match is None:
            return _unknown_team(words, teams)
        team, rest = match
        if not team.repositories:
            return _owns_nothing(team)
        try:
            said = read_hour(rest)
        except NotAnHour as problem:
            return _not_an_hour(problem)
        subscription = await order(connection, context, team.slug, said, here.channel_id)
    if subscription is None:  # deleted in this very moment
        return _unknown_team(words, teams)
    return subscribed_answer(subscription, next_run(subscription, context.now))


async def _form(here: Asker, context: CommandContext) -> Answer:
    """In words where no form can be opened."""
    channel_id = "" if here.channel_id.startswith(DIRECT) else here.channel_id
    form = await open_form(context, Filled(channel_id=channel_id))
    return form if isinstance(form, Answer) else replace(notice(HOW), modal=form)


def _unknown_team(words: list[str], teams: list[TeamListing]) -> Answer:
    slugs = [team.slug for team in teams]
    meant = did_you_mean("subscribe", similar(words[0], slugs))
    return notice(*filter(None, [f"I know no team {quoted(words[0])}.", meant, "`/devmetrics teams` lists all teams."]))


def _owns_nothing(team: TeamListing) -> Answer:
    remedy = code(f"devmetrics team add-repo {team.slug} PROVIDER OWNER/NAME")
    return notice(
        f"{escape(team.name)} owns no repository yet, so there is nothing to tell of it.",
        f"An administrator gives it one with {remedy}.",
    )


def _not_an_hour(problem: NotAnHour) -> Answer:
    meant = f" Did you mean {' or '.join(code(name) for name in problem.meant)}?" if problem.meant else ""
    return notice(
        f"I do not understand {quoted(problem.word)}.{meant}",
        "Write a weekday, a time and a time zone, as in `/devmetrics subscribe platform mon 09:30 Europe/Berlin`; "
        "another channel as #channel, chosen from Slack's list.",
    )


COMMAND = Command(
    word="subscribe",
    usage="subscribe [team] [mon] [09:30] [Europe/Berlin] [#channel]",
    summary="A team's weekly digest in a channel",
    details=(
        "The digest tells the last week, Monday to Sunday: the five DORA metrics, what changed most, failures and what "
        "waits for review. It comes to this channel, or to the one that is named; without an hour on Mondays at 09:00 "
        "in the team's zone. Subscribing again changes the hour. Without words a form asks for all of it."
    ),
    examples=(
        "subscribe",
        "subscribe platform",
        "subscribe platform mon 09:30 Europe/Berlin",
        "subscribe platform fri 16:00",
    ),
    answer=answer_subscribe,
)
