"""What the token sees now: repositories. There are no teams: the API names groups where they have a permission, and
never says who is in them. Only a remainder of its first version does, which is deprecated since 2018.

https://support.atlassian.com/bitbucket-cloud/docs/groups-endpoint/
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from handlers.asking.api import Place, Refused, Survey
from handlers.bitbucket.client import Client, path_of
from handlers.bitbucket.history.asking import fields
from handlers.bitbucket.payloads import PROVIDER, RepositoryPart, repository_of
from storage.records import Repository, RepositoryKey

FIELDS = fields("uuid", "full_name", "links.html", "mainbranch.name", "created_on")
LISTED = (("pagelen", "100"), FIELDS)


class WorkspacePart(msgspec.Struct):
    slug: str


class AccessPart(msgspec.Struct):
    """https://developer.atlassian.com/cloud/bitbucket/rest/api-group-workspaces/#api-user-workspaces-get"""

    workspace: WorkspacePart


async def survey(client: Client, place: Place, workspaces: Sequence[str], repositories: Sequence[str]) -> Survey:
    """Of what was set up; without either, of the workspaces that a person's API token is a member of."""
    found: list[Repository] = []
    try:
        if not (workspaces or repositories):
            accesses = msgspec.convert(await client.every("/user/workspaces"), list[AccessPart])
            workspaces = [one.workspace.slug for one in accesses]
        for workspace in workspaces:
            listed = await client.every(path_of("repositories", workspace), LISTED)
            found += [_repository(place, shown) for shown in listed]
        for repository in repositories:
            workspace, _, name = repository.partition("/")
            found.append(_repository(place, await client.get(path_of("repositories", workspace, name))))
    except Refused:
        # What was found holds; of the rest nothing is known.
        return Survey([], found, [], complete=False)
    return Survey([], found, [], complete=True)


def _repository(place: Place, shown: object) -> Repository:
    part = msgspec.convert(shown, RepositoryPart)
    # As it is now: a rename, and the default branch, that no webhook told.
    return repository_of(part, RepositoryKey(PROVIDER, place.host, part.uuid.strip("{}")), datetime.now(UTC))
