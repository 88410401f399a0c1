"""`/devmetrics repo acme/api 30d`"""

from bot.commands.command import Command, CommandContext
from bot.commands.naming import match_path, similar_path
from bot.commands.reporting import answer_numbers
from bot.slack.answer import Answer
from bot.slack.messages.notice import did_you_mean, for_example, notice, quoted
from reports.scope import find_repository, list_repository_paths
from reports.snapshot import snapshot

NO_REPOSITORY = "There is no repository yet: the first webhook brings one."


async def answer_repository(words: list[str], context: CommandContext) -> Answer:
    async with snapshot(context.engine) as connection:
        paths = await list_repository_paths(connection, context.organization_id)
        if not paths:
            return notice(NO_REPOSITORY)
        if not words:
            return notice(*filter(None, ["Which repository?", for_example("repo", paths[:3])]))
        found = match_path(words[0], paths)
        if len(found) != 1:
            return unknown_repository(words[0], found, paths)
        scope = await find_repository(connection, context.organization_id, None, found[0])
        if scope is None:  # renamed in this very moment
            return unknown_repository(words[0], [], paths)
        return await answer_numbers(connection, scope, f"repo {scope.path}", words[1:], context)


def unknown_repository(path: str, found: list[str], paths: list[str]) -> Answer:
    if found:
        return notice(*filter(None, [f"Which {quoted(path)}?", did_you_mean("repo", found[:3])]))
    said = f"I know no repository {quoted(path)}."
    suggestion = did_you_mean("repo", similar_path(path, paths))
    return notice(*filter(None, [said, suggestion or "Name it as `owner/name`."]))


COMMAND = Command(
    word="repo",
    usage="repo <owner/name> [service:name] [metric] [period]",
    summary="One repository's numbers",
    details=(
        "The same numbers as for a team. The last part of the path is enough where only one repository has it; an "
        "address copied from the browser works too. With a metric, as in `/devmetrics repo acme/api lead_time`: what "
        "it means and what was counted, with links. With a service of a monorepo, as in `/devmetrics repo acme/mono "
        "service:search`: what was deployed of it, and the changes that belong to it."
    ),
    examples=("repo acme/api", "repo acme/api 90d", "repo acme/api lead_time", "repo acme/mono service:search 30d"),
    answer=answer_repository,
)
