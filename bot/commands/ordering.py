"""Orders a team's digest for a channel: by command, or with a form."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.command import CommandContext
from bot.commands.hours import DEFAULT_TIME, DEFAULT_WEEKDAY, NotAnHour, SaidHour, read_timezone
from bot.commands.naming import match_team, similar
from bot.digests.due import next_run
from bot.slack.answer import Answer
from bot.slack.blocks import Block
from bot.slack.messages.notice import notice
from bot.slack.messages.subscribe_form import CHANNEL, TEAM, TIMEZONE, Filled, subscribe_form
from bot.slack.messages.subscriptions import subscribed_answer
from bot.slack.messages.teams import NO_TEAM
from reports.scope import find_team, list_teams
from storage.subscriptions import Subscription, subscribe

NOTHING_TO_TELL = "No team owns a repository yet, so there is nothing to tell: an administrator gives it one."


async def order(
    connection: AsyncConnection, context: CommandContext, slug: str, said: SaidHour, channel_id: str
) -> Subscription | None:
    """For the person of `context`; what was not said of the hour is Monday, 09:00, in the team's zone. None: the team
    is gone."""
    scope = await find_team(connection, context.organization_id, slug)
    if scope is None:
        return None
    hour = (said.weekday or DEFAULT_WEEKDAY, said.local_time or DEFAULT_TIME, said.timezone or scope.timezone)
    return await subscribe(connection, context.organization_id, scope.slug, channel_id, hour, str(context.user_id))


async def open_form(context: CommandContext, filled: Filled, opened_in: str = "") -> Block | Answer:
    """The form, or why there is none."""
    async with context.engine.connect() as connection:
        teams = await list_teams(connection, context.organization_id)
    if not teams:
        return notice(NO_TEAM)
    owning = [team for team in teams if team.repositories]
    return subscribe_form(owning, filled, opened_in) if owning else notice(NOTHING_TO_TELL)


async def submit_form(context: CommandContext, filled: Filled) -> Answer | dict[str, str]:
    """What was ordered, or what is wrong, by the block of the form in which it stands."""
    async with context.engine.begin() as connection:
        teams = await list_teams(connection, context.organization_id)
        match = match_team(filled.team.split(), teams)
        if match is None or match[1]:
            return {TEAM: _unknown("team", similar(filled.team, [team.slug for team in teams]))}
        team = match[0]
        if not team.repositories:
            return {TEAM: "It owns no repository yet, so there is nothing to tell of it."}
        if not filled.channel_id:
            return {CHANNEL: "Choose the channel that gets the digest."}
        try:
            timezone = read_timezone(filled.timezone) if filled.timezone else None
        except NotAnHour as problem:
            return {TIMEZONE: _unknown("time zone", problem.meant)}
        said = SaidHour(int(filled.weekday or DEFAULT_WEEKDAY), filled.local_time or DEFAULT_TIME, timezone)
        subscription = await order(connection, context, team.slug, said, filled.channel_id)
    if subscription is None:
        return {TEAM: "The team was deleted in this moment."}
    return subscribed_answer(subscription, next_run(subscription, context.now))


def _unknown(what: str, meant: list[str]) -> str:
    return f"There is no such {what}." + (f" Did you mean {' or '.join(meant[:2])}?" if meant else "")
