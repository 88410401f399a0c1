"""From words to the command that answers them; what is no command is understood where it can be."""

from bot.commands.command import CommandContext
from bot.commands.naming import match_path, match_team, similar, similar_path
from bot.commands.registry import all_commands
from bot.slack.answer import Answer
from bot.slack.messages.help import help_answer
from bot.slack.messages.notice import did_you_mean, quoted
from reports.scope import list_repository_paths, list_teams


async def answer_words(words: list[str], context: CommandContext) -> Answer:
    """No words: help."""
    commands = all_commands()
    first, *rest = words or ["help"]
    if command := commands.get(first.lower()):
        return await command.answer(rest, context)
    async with context.engine.connect() as connection:
        teams = await list_teams(connection, context.organization_id)
        paths = await list_repository_paths(connection, context.organization_id)
    # A bare name is understood: `/devmetrics platform 7d`.
    if match_team(words, teams):
        return await commands["team"].answer(words, context)
    if "/" in first and len(match_path(first, paths)) == 1:
        return await commands["repo"].answer(words, context)

    meant = (
        did_you_mean("", [" ".join([word, *rest]) for word in similar(first, commands)])
        or did_you_mean("team", similar(first, [team.slug for team in teams]))
        or did_you_mean("repo", similar_path(first, paths))
    )
    before = tuple(filter(None, [f"I do not understand {quoted(' '.join(words))}.", meant]))
    return help_answer(commands.values(), before=before, understood=False)
