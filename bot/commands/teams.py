"""`/devmetrics teams`"""

from bot.commands.command import Command, CommandContext
from bot.slack.answer import Answer
from bot.slack.messages.teams import teams_answer
from reports.scope import list_teams


async def answer_teams(words: list[str], context: CommandContext) -> Answer:
    async with context.engine.connect() as connection:
        teams = await list_teams(connection, context.organization_id)
    part = " ".join(words)
    matching = [team for team in teams if part.casefold() in f"{team.slug} {team.name}".casefold()]
    return teams_answer(matching, part, len(teams))


COMMAND = Command(
    word="teams",
    usage="teams [part of a name]",
    summary="The teams there are",
    details="With a part of a name: only the teams that have it in their name.",
    examples=("teams", "teams pay"),
    answer=answer_teams,
)
