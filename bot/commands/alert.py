"""`/devmetrics alert platform change_failure_rate above 20%`"""

import re

from bot.commands.choosing import asker, without_mentions
from bot.commands.command import Command, CommandContext
from bot.commands.naming import match_team, similar
from bot.slack.answer import Answer
from bot.slack.messages.alerts import NAMES, removed_answer, set_answer
from bot.slack.messages.notice import did_you_mean, notice, quoted
from bot.slack.messages.teams import NO_TEAM
from bot.slack.mrkdwn import code, escape
from reports.alerts import RATIOS, count_crossings, measure
from reports.scope import TeamScope, find_team, list_teams
from reports.snapshot import snapshot
from storage.alerts import list_alerts_of_channel, remove_alert, set_alert

ONLY_IN_SLACK = "Limits belong to a channel: type this in Slack, in the channel that is to be told."
OWNS_NOTHING = "This team owns no repository, so it has no numbers of its own: an administrator gives it one."
FILLERS = {"above", "over", ">", "is", "when", "for", "longer", "than"}
REMOVE = {"remove", "off", "none", "delete"}
PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%", re.ASCII)
LENGTH = re.compile(r"(\d{1,4}(?:\.\d+)?)\s*(m|min|h|d|days?|hours?|minutes?)", re.ASCII)
SECONDS = {"m": 60, "h": 3600, "d": 86_400}


async def answer_alert(words: list[str], context: CommandContext) -> Answer:
    here = asker(context)
    if here is None:
        return notice(ONLY_IN_SLACK)
    words = without_mentions(words, context)
    removing = bool({word.lower() for word in words} & REMOVE)
    words = [word for word in words if word.lower() not in FILLERS | REMOVE]
    async with snapshot(context.engine) as connection:
        teams = await list_teams(connection, context.organization_id)
        if not teams:
            return notice(NO_TEAM)
        match = match_team(words, teams)
        scope = await find_team(connection, context.organization_id, match[0].slug) if match else None
    if match is None or scope is None:
        return _unknown_team(words, [team.slug for team in teams])
    metric, rest = _metric(match[1])
    if metric is None:
        known = f"Which number? There are {', '.join(code(name) for name in NAMES)}."
        meant = did_you_mean(f"alert {scope.slug}", similar("_".join(rest[:3]), NAMES) if rest else [])
        return notice(*filter(None, [known, meant]))
    if removing:
        return await _remove(scope.slug, metric, here.channel_id, context)
    if scope.whole_organization:
        return notice(OWNS_NOTHING)
    above = read_limit(metric, "".join(rest))
    if above is None:
        written = "`20%`" if metric in RATIOS else "`24h` or `2d`"
        return notice(f"Above what? Write the limit as {written}.", HOW)
    return await _set(scope, (metric, above), here.channel_id, context)


def _unknown_team(words: list[str], slugs: list[str]) -> Answer:
    if not words:
        return notice("Of which team, which number, above what?", HOW)
    meant = did_you_mean("alert", [" ".join([slug, *words[1:]]) for slug in similar(words[0], slugs)])
    return notice(*filter(None, [f"I know no team {quoted(words[0])}.", meant, HOW]))


def read_limit(metric: str, said: str) -> float | None:
    """A ratio of 1, or seconds; None: it is no limit for this number."""
    if metric in RATIOS:
        percent = PERCENT.fullmatch(said)
        return float(percent[1]) / 100 if percent and float(percent[1]) < 100 else None
    length = LENGTH.fullmatch(said.lower())
    return float(length[1]) * SECONDS[length[2][0]] if length and float(length[1]) > 0 else None


def _metric(words: list[str]) -> tuple[str | None, list[str]]:
    """The number that the first words name, and the words left."""
    for length in (3, 2, 1):
        said = "_".join(words[:length]).replace("-", "_").lower()
        if said in NAMES:
            return said, words[length:]
    return None, words


async def _set(scope: TeamScope, limit: tuple[str, float], channel_id: str, context: CommandContext) -> Answer:
    async with snapshot(context.engine) as connection:
        measured = await measure(connection, scope, limit[0], context.now)
        preview = await count_crossings(connection, scope, *limit, context.now)
    async with context.engine.begin() as connection:
        await set_alert(connection, context.organization_id, scope.slug, channel_id, limit, str(context.user_id))
    return set_answer(channel_id, scope.name or scope.slug, limit, measured, preview)


async def _remove(slug: str, metric: str, channel_id: str, context: CommandContext) -> Answer:
    async with context.engine.begin() as connection:
        every = await list_alerts_of_channel(connection, context.organization_id, channel_id)
        found = next((one for one in every if (one.team_slug, one.metric) == (slug, metric)), None)
        if found is None:
            return notice(
                f"This channel has no such limit for {escape(slug)}. `/devmetrics alerts` lists those it has."
            )
        await remove_alert(connection, context.organization_id, found, str(context.user_id))
    return removed_answer(found)


HOW = "For example `/devmetrics alert platform change_failure_rate above 20%` or `... review_waiting over 24h`."
COMMAND = Command(
    word="alert",
    usage="alert <team> <number> above <limit> [remove] [#channel]",
    summary="Tell this channel when a team's number crosses a limit",
    details=(
        f"Numbers: {', '.join(NAMES)}; each over the last 30 days, review_waiting as it is now. They are looked at "
        "every ten minutes. What crosses is announced once, and again only after it was a tenth below its limit; "
        "with fewer than 5 facts nothing is. The answer says how often it would have been in the last 90 days. "
        "`remove` ends it."
    ),
    examples=(
        "alert platform change_failure_rate above 20%",
        "alert platform review_waiting over 24h",
        "alert platform review_waiting remove",
    ),
    answer=answer_alert,
)
