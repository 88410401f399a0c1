"""Which deployment a person means: `deployment:12`, `acme/api#12`, `acme/api deployment:12`, a commit, a link."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.commands.naming import match_path
from reports.deployment_search import FoundDeployment, find_deployments
from reports.scope import KnownRepository, list_repositories

NUMBER = re.compile(r"#?(\d{1,19})")
KEY = re.compile(r"[A-Za-z_]+:\S+")
COMMIT = re.compile(r"[0-9a-f]{7,64}")
# Where on a page, and how it is shown.
BEHIND_THE_PAGE = re.compile(r"[?#].*")


class Named(NamedTuple):
    """Several: any of them may be meant."""

    deployments: list[FoundDeployment]
    # Only a repository was named, and these are its last deployments.
    last: bool = False


async def named_deployments(connection: AsyncConnection, organization_id: UUID, words: Sequence[str]) -> Named:
    """The deployments that the words may mean, the likeliest first."""
    known = await list_repositories(connection, organization_id)
    words = list(words)
    if len(words) > 1 and words[0].lower() in {one.provider for one in known}:
        known = [one for one in known if one.provider == words[0].lower()]
        del words[0]
    search = _Search(connection, organization_id, [one.id for one in known])
    if len(words) > 1 and words[0].lower() == "deployment":
        del words[0]
    if len(words) == 1 and "#" in words[0][1:]:
        path, _, name = words[0].partition("#")
        if ids := _matching(path, known):
            return Named(await search.by_name(name, ids))
    if len(words) == 2:
        ids = _matching(words[0], known)
        return Named(await search.by_name(words[1], ids) if ids else [])
    said = " ".join(words)
    if ids := _matching(said, known):
        return Named(await search.find("latest", "", ids), last=True)
    if found := await search.by_name(said):
        return Named(found)
    return await _by_address(said, known, search)


async def _by_address(said: str, known: Sequence[KnownRepository], search: "_Search") -> Named:
    """A link that was pasted, without scheme and host: the deployment's own, else what its parts name."""
    page = BEHIND_THE_PAGE.sub("", said).rstrip("/")
    # A page of one run or job has a number; pages of all of them, or of what was deployed, name no deployment.
    numbered = any(character.isdigit() for character in page.rpartition("/")[2])
    if numbered and (found := await search.find("address", said) or await search.find("address", page)):
        return Named(found)
    inside = [one for one in known if page.lower().startswith(f"{one.path.lower()}/")]
    longest = max((len(one.path) for one in inside), default=0)
    ids = [one.id for one in inside if len(one.path) == longest]
    if not ids:
        return Named([])
    for part in reversed(page[longest:].split("/")):
        if (NUMBER.fullmatch(part) or COMMIT.fullmatch(part)) and (found := await search.by_name(part, ids)):
            return Named(found)
    return Named(await search.find("latest", "", ids), last=True)


class _Search(NamedTuple):
    connection: AsyncConnection
    organization_id: UUID
    repository_ids: Sequence[UUID]

    async def find(self, how: str, said: str, within: Sequence[UUID] | None = None) -> list[FoundDeployment]:
        """`within`: only these repositories."""
        ids = self.repository_ids if within is None else within
        found = await find_deployments(self.connection, self.organization_id, how, said, ids)
        # A commit goes to staging first; what people speak of is production.
        return [one for one in found if one.environment == "production"] or found

    async def by_name(self, name: str, within: Sequence[UUID] | None = None) -> list[FoundDeployment]:
        """By the provider's number or key, else by commit."""
        found: list[FoundDeployment] = []
        if number := NUMBER.fullmatch(name):
            found = await self.find("number", number[1], within)
        elif KEY.fullmatch(name):
            found = await self.find("key", name, within) or await self.find("key", name.lower(), within)
        if not found and COMMIT.fullmatch(name.lower()):
            found = await self.find("sha", name.lower(), within)
        return found


def _matching(path: str, known: Sequence[KnownRepository]) -> list[UUID]:
    paths = set(match_path(path, [one.path for one in known]))
    return [one.id for one in known if one.path in paths]
