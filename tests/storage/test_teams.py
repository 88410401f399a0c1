"""Teams by hand: what is said is kept, audited, and refused with a reason when it makes no sense."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts import write_records
from storage.incident_services import Mapped, map_source
from storage.records import BY_PATH, DeploymentStatus, Record, Repository, RepositoryKey
from storage.refusal import Refused
from storage.teams import TeamProblem, add_member_to_team, add_repository_to_team, add_team
from tests.storage.facts.samples import account, query, repository

ACTOR = "cli:jane"


async def test_every_change_is_audited_once(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        for _ in range(2):
            await add_team(connection, organization_id, "platform", "Platform", ACTOR)
            await add_repository_to_team(connection, organization_id, "platform", "github", "acme/api", ACTOR)
            await add_member_to_team(connection, organization_id, "platform", "jane@example.com", ACTOR)
        await add_team(connection, organization_id, "platform", "Plattform", ACTOR)
        log = await query(connection, "SELECT actor, action, subject, before, after FROM audit_logs ORDER BY id")
    assert [(row["action"], row["after"]) for row in log] == [
        ("team.add", {"name": "Platform"}),
        ("team.add_repository", {"provider": "github", "path": "acme/api"}),
        ("team.add_member", {"person": "jane@example.com"}),
        ("team.add", {"name": "Plattform"}),
    ]
    assert log[-1]["before"] == {"name": "Platform"}
    assert {(row["actor"], row["subject"]) for row in log} == {(ACTOR, "platform")}


async def test_a_known_repository_is_found_by_its_path_in_any_case(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", ACTOR)
        await write_records(connection, organization_id, [repository(path="acme/api")])
        await add_repository_to_team(connection, organization_id, "platform", "github", "/Acme/API/", ACTOR)
        assert len(await query(connection, "SELECT 1 FROM repositories")) == 1


async def test_a_member_is_found_by_username_or_made_by_address(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", ACTOR)
        await write_records(connection, organization_id, [account("7", "Jane", email="jane@example.com")])
        by_name = await add_member_to_team(connection, organization_id, "platform", "@jane", ACTOR)
        by_address = await add_member_to_team(connection, organization_id, "platform", "JANE@example.com", ACTOR)
        new = await add_member_to_team(connection, organization_id, "platform", "joe@example.com", ACTOR)
    assert by_name == by_address != new


@pytest.mark.parametrize(
    "path",
    ["api", "https://github.com/acme/api"],
)
async def test_what_is_no_repository_is_refused(engine: AsyncEngine, organization_id: UUID, path: str) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", ACTOR)
        with pytest.raises(Refused, match="owner/name"):
            await add_repository_to_team(connection, organization_id, "platform", "github", path, ACTOR)


async def test_unknown_teams_and_people_are_refused(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        with pytest.raises(TeamProblem, match="devmetrics team add platfrom"):
            await add_member_to_team(connection, organization_id, "platfrom", "jane", ACTOR)
        await add_team(connection, organization_id, "platform", "Platform", ACTOR)
        with pytest.raises(TeamProblem, match="known of nobody"):
            await add_member_to_team(connection, organization_id, "platform", "jane", ACTOR)
        accounts = [account("7", "jane"), account("8", "jane", host="github.example.com")]
        await write_records(connection, organization_id, accounts)
        with pytest.raises(TeamProblem, match="more than one person"):
            await add_member_to_team(connection, organization_id, "platform", "jane", ACTOR)
        with pytest.raises(TeamProblem, match="small letters"):
            await add_team(connection, organization_id, "The Team", "The team", ACTOR)
        with pytest.raises(TeamProblem, match="1 to 255"):
            await add_team(connection, organization_id, "team", " ", ACTOR)


async def test_the_slug_of_a_deleted_team_can_be_used_again(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        old = await add_team(connection, organization_id, "platform", "Old", ACTOR)
        await query(connection, "UPDATE teams SET deleted_at = now() RETURNING id")
        new = await add_team(connection, organization_id, "platform", "New", ACTOR)
    assert new != old


async def test_what_was_said_of_a_repository_beforehand_is_not_in_the_way_of_its_first_event(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", ACTOR)
        await add_repository_to_team(connection, organization_id, "platform", "github", "acme/api", ACTOR)
        await map_source(connection, organization_id, Mapped("pagerduty", "github", "acme/api", ""), ACTOR)
    async with engine.begin() as connection:
        touched = await write_records(connection, organization_id, [repository(path="acme/api")])
        [known] = await query(connection, "SELECT id, provider_id FROM repositories")
        assert [row["repository_id"] for row in await query(connection, "SELECT * FROM incident_services")] == [
            known["id"]
        ]
        assert known["provider_id"] is not None
    assert touched.repositories == {known["id"]}


async def test_a_deployment_told_by_the_old_path_and_by_the_new_one_is_kept_once(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(path="acme/old"), *told_by_path("acme/old")])
        await write_records(connection, organization_id, told_by_path("acme/new"))
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(path="acme/new")])
        counted = "SELECT 1 FROM deployments JOIN repositories AS r ON r.id = repository_id WHERE r.deleted_at IS NULL"
        assert len(await query(connection, counted)) == 1


def told_by_path(path: str) -> list[Record]:
    """By a pipeline elsewhere."""
    key = RepositoryKey("github", BY_PATH, path)
    at = datetime(2026, 11, 3, tzinfo=UTC)
    status = DeploymentStatus(
        key, "deployment:1:jenkins", "production", None, "success", at, None, "a" * 40, None, None, None
    )
    return [Repository(key, path, None, None, at), status]
