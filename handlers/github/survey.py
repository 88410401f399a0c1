"""What the App sees now: installations, their repositories, and the teams of organizations."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from handlers.asking.api import Place, Refused, Roster, Survey
from handlers.github.client import Client, Installed
from handlers.github.events.team import OWNING_ROLES
from handlers.github.graphql.parts import PAGE, Actor, Node, Numbered, PageInfo, account_of
from handlers.github.installations import InstallationPart
from handlers.github.payloads import PROVIDER, RepositoryPart, person_of, repository_of
from handlers.registry import Origin
from handlers.times import parse_time
from storage.records import Installation, Person, Repository, RepositoryKey, Team, TeamKey

MOST_TEAMS = 50
TEAMS = f"""query($login: String!, $after: String) {{ organization(login: $login) {{
  teams(first: {MOST_TEAMS}, after: $after) {{ {PAGE} nodes {{ databaseId slug name
    members(first: 100, membership: IMMEDIATE) {{ {PAGE} edges {{ role node {{ databaseId login }} }} }}
    repositories(first: 100) {{ {PAGE} edges {{ permission node {{ databaseId }} }} }} }} }} }} }}"""
MORE = """query($login: String!, $slug: String!, $after: String) {{ organization(login: $login) {{
  team(slug: $slug) {{ {connection} }} }} }}"""
MORE_MEMBERS = MORE.format(
    connection=f"members(first: 100, after: $after, membership: IMMEDIATE) "
    f"{{ {PAGE} edges {{ role node {{ databaseId login }} }} }}"
)
MORE_REPOSITORIES = MORE.format(
    connection=f"repositories(first: 100, after: $after) {{ {PAGE} edges {{ permission node {{ databaseId }} }} }}"
)


class MemberEdge(Node):
    role: str
    node: Actor


class Members(Node):
    page_info: PageInfo
    edges: list[MemberEdge]


class RepositoryEdge(Node):
    permission: str
    node: Numbered


class Repositories(Node):
    page_info: PageInfo
    edges: list[RepositoryEdge]


class TeamNode(Node):
    database_id: int
    slug: str
    name: str
    members: Members
    repositories: Repositories


class Teams(Node):
    page_info: PageInfo
    nodes: list[TeamNode]


class More(Node):
    members: Members | None = None
    repositories: Repositories | None = None


async def list_installations(client: Client) -> list[InstallationPart]:
    found: list[InstallationPart] = []
    following: str | None = "/app/installations?per_page=100"
    while following is not None:
        page, following = await client.page(following)
        found += [msgspec.convert(one, InstallationPart) for one in page]
    return found


async def survey(client: Client, place: Place) -> Survey:
    installations: list[Installation] = []
    repositories: list[Repository] = []
    rosters: list[Roster] = []
    archived: list[RepositoryKey] = []
    complete = True
    for one in await list_installations(client):
        installations.append(_installation(one, place))
        if one.suspended_at is not None or one.account is None:
            # What it sees is not known now; nobody lost anything by that.
            complete = False
            continue
        installed = client.installation(str(one.id))
        try:
            async for repository, is_archived in _repositories(installed, place):
                repositories.append(repository)
                archived += [repository.key] if is_archived else []
            if one.account.login and one.account.type == "Organization":
                rosters += [roster async for roster in _rosters(installed, one.account.login, place)]
        except Refused:
            complete = False
    return Survey(installations, repositories, rosters, complete, archived)


def _installation(one: InstallationPart, place: Place) -> Installation:
    seen_at = parse_time(one.updated_at) or parse_time(one.created_at) or datetime.now(UTC)
    account = one.account
    return Installation(
        provider=PROVIDER,
        host=place.host,
        provider_id=str(one.id),
        account=(account.login or account.slug) if account else None,
        suspended=one.suspended_at is not None,
        seen_at=seen_at,
    )


async def _repositories(installed: Installed, place: Place) -> AsyncIterator[tuple[Repository, bool]]:
    """Each, and whether it is archived."""
    following: str | None = "/installation/repositories?per_page=100"
    while following is not None:
        page, following = await installed.page(following)
        for one in page["repositories"]:
            # What it was when it was last touched is no event.
            origin = Origin(datetime.now(UTC), place.host)
            yield repository_of(msgspec.convert(one, RepositoryPart), None, origin), bool(one.get("archived"))


async def _rosters(installed: Installed, login: str, place: Place) -> AsyncIterator[Roster]:
    following: str | None = None
    while True:
        found = await installed.graphql(TEAMS, login=login, after=following)
        teams = msgspec.convert(found["organization"]["teams"], Teams)
        for node in teams.nodes:
            yield await _roster(installed, login, node, place)
        following = teams.page_info.following
        if following is None:
            return


async def _roster(installed: Installed, login: str, node: TeamNode, place: Place) -> Roster:
    members, repositories = list(node.members.edges), list(node.repositories.edges)
    page: PageInfo | None = node.members.page_info
    while page is not None and page.following is not None:
        more = await _more(installed, MORE_MEMBERS, login, node, page)
        members += more.members.edges if more.members else []
        page = more.members.page_info if more.members else None
    page = node.repositories.page_info
    while page is not None and page.following is not None:
        more = await _more(installed, MORE_REPOSITORIES, login, node, page)
        repositories += more.repositories.edges if more.repositories else []
        page = more.repositories.page_info if more.repositories else None
    key = TeamKey(PROVIDER, place.host, str(node.database_id))
    return Roster(
        Team(key, node.slug, node.name),
        [(person, edge.role.lower()) for edge in members if (person := _person(edge.node, place)) is not None],
        [
            RepositoryKey(PROVIDER, place.host, str(edge.node.database_id))
            for edge in repositories
            if edge.permission.lower() in OWNING_ROLES
        ],
    )


async def _more(installed: Installed, query: str, login: str, node: TeamNode, page: PageInfo) -> More:
    found: Any = await installed.graphql(query, login=login, slug=node.slug, after=page.following)
    return msgspec.convert(found["organization"]["team"], More)


def _person(node: Actor, place: Place) -> Person | None:
    # Only people are in teams.
    return person_of(account_of(Actor("User", node.login, node.database_id)), place.host, None)
