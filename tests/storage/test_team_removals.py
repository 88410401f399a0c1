"""Taken from teams by hand: it is audited, stays so whatever a provider tells, and adding by hand undoes it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reports.scope import find_team
from storage.facts import write_records
from storage.linking.settings import Service
from storage.people import merge_people, split_person
from storage.records import Record, RepositoryKey, Team, TeamKey, TeamMembership, TeamOwnership
from storage.repository_settings import set_service
from storage.team_removals import (
    remove_member_from_team,
    remove_repository_from_team,
    remove_service_from_team,
    remove_team,
)
from storage.teams import (
    TeamProblem,
    add_member_to_team,
    add_repository_to_team,
    add_service_to_team,
    add_team,
    rename_team,
)
from tests.storage.facts.samples import API, account, commit, query, repository

BEN = "cli:ben"
PLATFORM = TeamKey("github", "github.com", "5")
JANE = account("7", "jane", email="jane@example.com")
# What a synchronization tells, and what events do.
TOLD: list[Record] = [
    repository(),
    Team(PLATFORM, "platform", "Platform"),
    TeamMembership(PLATFORM, JANE, "maintainer", member=True),
    TeamOwnership(PLATFORM, API, owns=True),
]
Act = Callable[..., Awaitable[Any]]


@pytest.fixture
async def connection(engine: AsyncEngine, organization_id: UUID) -> Any:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, TOLD)
        yield connection


async def has(connection: AsyncConnection) -> tuple[list[str], list[str]]:
    """What team platform owns, and who is in it."""
    of = "JOIN teams ON teams.id = team_id WHERE teams.slug = 'platform' AND teams.deleted_at IS NULL"
    paths = await query(
        connection, f"SELECT path FROM team_repositories JOIN repositories r ON r.id = repository_id {of} ORDER BY 1"
    )
    people = await query(
        connection, f"SELECT email FROM team_members JOIN developers d ON d.id = developer_id {of} ORDER BY 1"
    )
    return [row["path"] for row in paths], [row["email"] for row in people]


async def test_what_was_taken_stays_away_until_it_is_added_by_hand(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    repositories = partial(remove_repository_from_team, connection, organization_id, "platform", "github")
    assert await has(connection) == (["acme/api"], ["jane@example.com"])
    await repositories("/Acme/API", BEN)
    await remove_member_from_team(connection, organization_id, "platform", "@Jane", BEN)
    assert await has(connection) == ([], [])

    await write_records(connection, organization_id, TOLD)
    assert await has(connection) == ([], [])

    await add_repository_to_team(connection, organization_id, "platform", "github", "acme/api", BEN)
    await add_member_to_team(connection, organization_id, "platform", "jane", BEN)
    assert await has(connection) == (["acme/api"], ["jane@example.com"])
    # What was added by hand is taken away just so.
    await repositories("acme/api", BEN)
    await remove_member_from_team(connection, organization_id, "platform", "jane@example.com", BEN)
    await write_records(connection, organization_id, TOLD)
    assert await has(connection) == ([], [])


async def test_a_removed_team_is_not_brought_back_by_its_provider_and_by_hand_with_all_it_had(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    await remove_team(connection, organization_id, "platform", BEN)
    gone: list[Record] = [Team(PLATFORM, "platform", "Platform", deleted=True)]
    for told in (TOLD, gone, TOLD):
        await write_records(connection, organization_id, told)
        assert await find_team(connection, organization_id, "platform") is None
    await add_team(connection, organization_id, "platform", "Platform", BEN)
    assert await has(connection) == (["acme/api"], ["jane@example.com"])
    # One made by hand is not brought back by what its provider says of it either.
    await remove_team(connection, organization_id, "platform", BEN)
    await write_records(connection, organization_id, gone)
    assert await find_team(connection, organization_id, "platform") is None


async def test_a_renamed_team_keeps_its_slug_and_frees_the_old_one(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    await add_team(connection, organization_id, "ops", "Ops", BEN)
    with pytest.raises(TeamProblem, match="'ops' already"):
        await rename_team(connection, organization_id, "platform", "ops", BEN)
    await remove_team(connection, organization_id, "ops", BEN)
    await rename_team(connection, organization_id, "platform", "ops", BEN)
    await write_records(connection, organization_id, TOLD)
    teams = await query(connection, "SELECT slug FROM teams WHERE deleted_at IS NULL")
    assert [row["slug"] for row in teams] == ["ops"]


async def test_a_service_is_taken_away_and_what_the_provider_gave_is_the_teams_again(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    await set_service(connection, organization_id, "github", "acme/api", Service("web"), BEN)
    await add_service_to_team(connection, organization_id, "platform", "github", "acme/api", "web", BEN)
    owned = await find_team(connection, organization_id, "platform")
    assert owned is not None
    assert [service for _, service in owned.sources.services] == ["web"]
    await remove_service_from_team(connection, organization_id, "platform", "github", "acme/api", "WEB", BEN)
    owned = await find_team(connection, organization_id, "platform")
    assert owned is not None
    assert (owned.sources.services, owned.whole_organization) == ((), False)
    # The whole includes its services.
    await add_service_to_team(connection, organization_id, "platform", "github", "acme/api", "web", BEN)
    await remove_repository_from_team(connection, organization_id, "platform", "github", "acme/api", BEN)
    owned = await find_team(connection, organization_id, "platform")
    assert owned is not None
    assert owned.whole_organization


async def test_every_removal_is_audited_with_what_was_before(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    of = (connection, organization_id, "platform")
    await remove_member_from_team(*of, "jane", BEN)
    await remove_repository_from_team(*of, "github", "acme/api", BEN)
    await remove_team(*of, BEN)
    log = await query(connection, "SELECT actor, action, subject, before, after FROM audit_logs ORDER BY id")
    assert [(row["action"], row["before"]) for row in log] == [
        ("team.remove_member", {"person": "jane", "role": "maintainer", "added_by": "provider"}),
        ("team.remove_repository", {"provider": "github", "path": "acme/api", "added_by": "provider"}),
        ("team.remove", {"name": "Platform", "added_by": "provider"}),
    ]
    assert {(row["actor"], row["subject"], row["after"]) for row in log} == {(BEN, "platform", None)}


async def test_what_is_not_there_cannot_be_taken_away(connection: AsyncConnection, organization_id: UUID) -> None:
    of = (connection, organization_id, "platform")
    acts: list[tuple[Act, tuple[str, ...], str]] = [
        (remove_repository_from_team, ("github", "acme/web"), "no repository 'acme/web'"),
        (remove_service_from_team, ("github", "acme/api", "web"), "not own the service 'web'"),
        (remove_member_from_team, ("joe",), "In team platform: Nobody is known as 'joe'"),
    ]
    for act, words, reason in acts:
        with pytest.raises(TeamProblem, match=reason):
            await act(*of, *words, BEN)
    await remove_repository_from_team(*of, "github", "acme/api", BEN)
    with pytest.raises(TeamProblem, match="does not own acme/api"):
        await remove_repository_from_team(*of, "github", "acme/api", BEN)
    with pytest.raises(TeamProblem, match="no team 'data'"):
        await remove_team(connection, organization_id, "data", BEN)


async def test_whoever_was_taken_out_stays_out_as_one_person_and_as_two(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    other = account("8", "jane-at-work", email="jane@work.example")
    joins = TeamMembership(PLATFORM, other, "member", member=True)
    await write_records(connection, organization_id, [commit(author=JANE), commit("b" * 40, author=other), joins])
    await remove_member_from_team(connection, organization_id, "platform", "jane", BEN)
    assert (await has(connection))[1] == ["jane@work.example"]
    await merge_people(connection, organization_id, "jane-at-work", ["jane"], BEN)
    assert (await has(connection))[1] == []
    await split_person(connection, organization_id, "jane", ["github:jane"], BEN)
    await write_records(connection, organization_id, [*TOLD, joins])
    assert (await has(connection))[1] == []


async def test_a_repository_taken_by_its_path_is_away_when_it_turns_out_to_be_a_known_one(
    connection: AsyncConnection, organization_id: UUID
) -> None:
    of = (connection, organization_id, "platform", "github", "acme/new")
    await add_repository_to_team(*of, BEN)
    await remove_repository_from_team(*of, BEN)
    renamed = repository(RepositoryKey("github", "github.com", "1"), "acme/new", seen_at=None)
    await write_records(connection, organization_id, [renamed])
    await write_records(connection, organization_id, [repository(path="acme/new", seen_at=None), TOLD[3]])
    assert (await has(connection))[0] == []
