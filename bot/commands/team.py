"""`/devmetrics team platform 30d`"""

from bot.commands.command import Command, CommandContext
from bot.commands.naming import match_team, similar
from bot.commands.reporting import answer_numbers
from bot.slack.answer import Answer
from bot.slack.messages.notice import did_you_mean, for_example, notice, quoted
from bot.slack.messages.teams import NO_TEAM
from reports.scope import TeamListing, find_team, list_teams
from reports.snapshot import snapshot


async def answer_team(words: list[str], context: CommandContext) -> Answer:
    async with snapshot(context.engine) as connection:
        teams = await list_teams(connection, context.organization_id)
        if not teams:
            return notice(NO_TEAM)
        match = match_team(words, teams)
        if match is None:
            return unknown_team(words, teams)
        team, rest = match
        scope = await find_team(connection, context.organization_id, team.slug)
        if scope is None:  # deleted in this very moment
            return unknown_team(words, teams)
        return await answer_numbers(connection, scope, f"team {scope.slug}", rest, context)


def unknown_team(words: list[str], teams: list[TeamListing]) -> Answer:
    if not words:
        said = "Which team?"
        suggestion = for_example("team", [team.slug for team in teams[:3]])
    else:
        said = f"I know no team {quoted(words[0])}."
        meant = [*similar(words[0], [team.slug for team in teams]), *similar(" ".join(words), _by_name(teams))]
        suggestion = did_you_mean("team", list(dict.fromkeys(_by_name(teams).get(name, name) for name in meant))[:3])
    return notice(*filter(None, [said, suggestion, "`/devmetrics teams` lists all teams."]))


def _by_name(teams: list[TeamListing]) -> dict[str, str]:
    return {team.name: team.slug for team in teams}


COMMAND = Command(
    word="team",
    usage="team <name> [service:name] [metric] [period]",
    summary="A team's DORA and pull-request numbers",
    details=(
        "The five DORA metrics, pull requests with their stages, and what waits for review. Each number comes with "
        "its n and its change against the window before. Without a period: the last 30 days. Only you see the "
        "answer, until you share it. With a metric (lead_time, deployment_frequency, change_failure_rate, "
        "recovery_time, rework_rate, pull_requests, commits): what it means and what was counted, with links. "
        "With service:name only what belongs to this service."
    ),
    examples=(
        "team platform",
        "team platform 7d",
        "team platform lead_time",
        "team platform last week",
        "team platform 2026-W40",
    ),
    answer=answer_team,
)
