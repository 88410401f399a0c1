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
    complete = True
    if not (workspaces or repositories):
        try:
            accesses = msgspec.convert(await client.every("/user/workspaces"), list[AccessPart])
        except Refused:
            return Survey([], [], [], complete=False)
        workspaces = [one.workspace.slug for one in accesses]
    for path in (*workspaces, *repositories):
        address = path_of("repositories", *path.split("/", 1))
        try:
            listed = [await client.get(address)] if "/" in path else await client.every(address, LISTED)
        except Refused:
            # What is found of the others holds; of this one nothing is known.
            complete = False
            continue
        found += [_repository(place, shown) for shown in listed]
    return Survey([], found, [], complete)


def _repository(place: Place, shown: object) -> Repository:
    part = msgspec.convert(shown, RepositoryPart)
    # As it is now: a rename, and the default branch, that no webhook told.
    return repository_of(part, RepositoryKey(PROVIDER, place.host, part.uuid.strip("{}")), datetime.now(UTC))
