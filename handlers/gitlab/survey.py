"""What the token sees now: projects, and groups as teams with their members and what they own."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

from handlers.asking.api import Place, Refused, Roster, Survey
from handlers.gitlab.client import Client, path_of
from handlers.gitlab.payloads import PROVIDER, ProjectPart, UserPart, person_of, repository_of
from storage.records import Person, Repository, RepositoryKey, Team, TeamKey

MAINTAINER = 40
# https://docs.gitlab.com/api/access_requests/#valid-access-levels
ROLES = {
    5: "minimal access",
    10: "guest",
    15: "planner",
    20: "reporter",
    30: "developer",
    40: "maintainer",
    50: "owner",
}


class MemberPart(UserPart):
    access_level: int = 0
    state: str = "active"


@dataclass
class Found:
    repositories: dict[str, Repository] = field(default_factory=dict)
    rosters: list[Roster] = field(default_factory=list)
    archived: set[RepositoryKey] = field(default_factory=set)
    complete: bool = True


async def survey(client: Client, place: Place, groups: Sequence[str], projects: Sequence[str]) -> Survey:
    """Of what was set up; without either, of everything that the token is a member of."""
    found = Found()
    for path in groups:
        with _as_far_as_told(found):
            await _group(client, place, await client.get(path_of("groups", path)), found)
    for path in projects:
        with _as_far_as_told(found):
            _add_project(place, await client.get(path_of("projects", path)), found)
    if not (groups or projects):
        with _as_far_as_told(found):
            for group in await client.every("/groups", min_access_level="10", top_level_only="true"):
                await _group(client, place, group, found)
            for project in await client.every("/projects", membership="true"):
                _add_project(place, project, found)
    return Survey([], list(found.repositories.values()), found.rosters, found.complete, found.archived)


@contextmanager
def _as_far_as_told(found: Found) -> Iterator[None]:
    """What is found of the others holds; of this one nothing is known."""
    try:
        yield
    except Refused:
        found.complete = False


async def _group(client: Client, place: Place, top: Mapping[str, Any], found: Found) -> None:
    """With everything below it: each subgroup is a team of its own."""
    below = await client.every(path_of("groups", top["id"], "/descendant_groups"))
    for group in (top, *below):
        owned = [key async for key in _owned(client, place, group, found)]
        members = await client.every(path_of("groups", group["id"], "/members"))
        key = TeamKey(PROVIDER, place.host, str(group["id"]))
        people = list(_members(place, members))
        found.rosters.append(Roster(Team(key, group["path"], group["name"]), people, owned))


async def _owned(client: Client, place: Place, group: Mapping[str, Any], found: Found) -> AsyncIterator[RepositoryKey]:
    """A group owns its own projects, and those it was given the role Maintainer in."""
    listing = {"include_subgroups": "false", "with_shared": "true"}
    for project in await client.every(path_of("groups", group["id"], "/projects"), **listing):
        shares = project.get("shared_with_groups") or ()
        levels = [share["group_access_level"] for share in shares if share["group_id"] == group["id"]]
        own = (project.get("namespace") or {}).get("id") == group["id"] or not levels
        if own or max(levels) >= MAINTAINER:
            yield _add_project(place, project, found)


def _add_project(place: Place, project: Mapping[str, Any], found: Found) -> RepositoryKey:
    part = msgspec.convert(project, ProjectPart)
    key = RepositoryKey(PROVIDER, place.host, str(project["id"]))
    # What it was when it was last touched is no event.
    found.repositories[key.provider_id] = repository_of(part, key, None)
    if project.get("archived"):
        found.archived.add(key)
    return key


def _members(place: Place, members: Sequence[Any]) -> list[tuple[Person, str]]:
    told = msgspec.convert(members, list[MemberPart])
    return [
        (person, ROLES.get(member.access_level, "member"))
        for member in told
        if member.state == "active" and (person := person_of(member, place.host, None)) is not None
    ]
