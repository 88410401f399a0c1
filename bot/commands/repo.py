"""`/devmetrics repo acme/api 30d`"""

from collections import defaultdict
from collections.abc import Sequence

from bot.commands.command import Command, CommandContext
from bot.commands.naming import match_path, similar_path
from bot.commands.reporting import answer_numbers
from bot.slack.answer import Answer
from bot.slack.messages.notice import did_you_mean, for_example, notice, quoted
from reports.scope import KnownRepository, find_repository, list_repositories
from reports.snapshot import snapshot

NO_REPOSITORY = "There is no repository yet: the first webhook brings one."


async def answer_repository(words: list[str], context: CommandContext) -> Answer:
    async with snapshot(context.engine) as connection:
        every = await list_repositories(connection, context.organization_id)
        if not every:
            return notice(NO_REPOSITORY)
        if not words:
            return notice(*filter(None, ["Which repository?", for_example("repo", names_of(every, every)[:3])]))
        found = match(words[0], every)
        names = names_of(found, every)
        if len(names) != 1:
            return unknown_repository(words[0], names, names_of(every, every))
        one = max(found, key=lambda one: one.host or "")
        path = f"{one.host}/{one.path}" if one.host else one.path
        scope = await find_repository(connection, context.organization_id, one.provider, path)
        if scope is None:  # renamed in this very moment
            return unknown_repository(words[0], [], names)
        return await answer_numbers(connection, scope, f"repo {names[0]}", words[1:], context)


def match(said: str, every: Sequence[KnownRepository]) -> list[KnownRepository]:
    """Those that a path may mean, or a path behind its provider and a colon, or behind these and its host."""
    provider, separator, path = said.partition(":")
    if separator:
        every = [one for one in every if one.provider == provider.lower()]
        if there := [one for one in every if f"{one.host}/{one.path}".lower() == path.lower()]:
            return there
    paths = set(match_path(path if separator else said, [one.path for one in every]))
    return [one for one in every if one.path in paths]


def names_of(some: Sequence[KnownRepository], every: Sequence[KnownRepository]) -> list[str]:
    """What to type for each: its path, with its provider where another provider has that path, too, and with its host
    where another server of this provider has it."""
    providers: defaultdict[str, set[str]] = defaultdict(set)
    hosts: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one in every:
        path = one.path.lower()
        providers[path].add(one.provider)
        if one.host:
            hosts[one.provider, path].add(one.host)
    names = []
    for one in some:
        path = one.path.lower()
        if len(hosts[one.provider, path]) > 1:
            # One that no webhook has named is on none of these servers, and has no numbers.
            names += [f"{one.provider}:{one.host}/{one.path}"] if one.host else []
        else:
            names.append(one.path if len(providers[path]) == 1 else f"{one.provider}:{one.path}")
    return list(dict.fromkeys(names))


def unknown_repository(said: str, found: list[str], names: list[str]) -> Answer:
    if found:
        return notice(*filter(None, [f"Which {quoted(said)}?", did_you_mean("repo", found[:3])]))
    suggestion = did_you_mean("repo", similar_path(said, names))
    return notice(f"I know no repository {quoted(said)}.", suggestion or "Name it as `owner/name`.")


COMMAND = Command(
    word="repo",
    usage="repo <owner/name> [service:name] [metric] [period]",
    summary="One repository's numbers",
    details=(
        "The same numbers as for a team. The last part of the path is enough where only one repository has it; an "
        "address copied from the browser works too. Where two providers have the path, the provider and a colon before "
        "it say which is meant; where two servers of one provider have it, the server's name and a slash behind the "
        "colon do, too. With a metric, as in `/devmetrics repo acme/api lead_time`: what it means "
        "and what was counted, with links. With a service of a monorepo, as in "
        "`/devmetrics repo acme/mono service:search`: what was deployed of it, and the changes that belong to it."
    ),
    examples=("repo acme/api", "repo acme/api 90d", "repo acme/api lead_time", "repo acme/mono service:search 30d"),
    answer=answer_repository,
)
