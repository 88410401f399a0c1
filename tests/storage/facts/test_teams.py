"""Teams of a provider: in order of receipt, and never against what a person did by hand."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.facts import write_records
from storage.records import (
    InstallationRepositories,
    MemberRemoved,
    Record,
    RepositoryKey,
    RepositoryRemoved,
    Team,
    TeamKey,
    TeamMembership,
    TeamOwnership,
    Untimed,
)
from storage.team_removals import remove_team
from storage.teams import add_member_to_team, add_repository_to_team, add_team
from tests.storage.facts.samples import API, NOON, account, query, repository

PLATFORM = TeamKey("github", "github.com", "5")
ELSEWHERE = TeamKey("gitlab", "gitlab.com", "5")
JANE = account("7", "jane")
TEAMS = "SELECT slug, name, provider, added_by, deleted_at IS NOT NULL AS deleted FROM teams ORDER BY slug"


async def owned(connection: AsyncConnection) -> list[str]:
    rows = await query(connection, "SELECT path FROM team_repositories JOIN repositories ON id = repository_id")
    return [row["path"] for row in rows]


async def test_joining_leaving_and_being_removed(engine: AsyncEngine, organization_id: UUID) -> None:
    joins, leaves = (TeamMembership(PLATFORM, JANE, "member", member=member) for member in (True, False))
    team = Team(PLATFORM, "platform", "Platform")
    removed = MemberRemoved(JANE)
    steps: list[tuple[list[Record], int]] = [
        ([team, joins], 1),
        ([leaves], 0),
        ([leaves, joins], 1),
        ([joins, removed], 0),
    ]
    for events, members in steps:
        async with engine.begin() as connection:
            await write_records(connection, organization_id, events)
            assert len(await query(connection, "SELECT 1 FROM team_members")) == members


async def test_owning_and_losing_a_repository(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(), TeamOwnership(PLATFORM, API, owns=True)])
        assert await owned(connection) == ["acme/api"]
        await write_records(connection, organization_id, [TeamOwnership(PLATFORM, API, owns=False)])
        assert await owned(connection) == []


async def test_what_was_added_by_hand_survives_events(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "The platform", "cli:jane")
        await write_records(connection, organization_id, [repository(), JANE])
        await add_repository_to_team(connection, organization_id, "platform", "github", "acme/api", "cli:jane")
        await add_member_to_team(connection, organization_id, "platform", "jane", "cli:jane")
        await write_records(
            connection,
            organization_id,
            [
                Team(PLATFORM, "platform", "Platform"),
                TeamOwnership(PLATFORM, API, owns=False),
                TeamMembership(PLATFORM, JANE, "member", member=False),
                MemberRemoved(JANE),
                Team(PLATFORM, "platform", "Platform", deleted=True),
            ],
        )
        assert await query(connection, TEAMS) == [
            # The provider's team of that slug is this one, not a second.
            {"slug": "platform", "name": "The platform", "provider": "github", "added_by": "person", "deleted": False}
        ]
        assert await owned(connection) == ["acme/api"]
        assert len(await query(connection, "SELECT 1 FROM team_members")) == 1


async def test_two_teams_of_one_slug_are_told_apart(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(
            connection,
            organization_id,
            [Team(PLATFORM, "platform", "Platform"), Team(ELSEWHERE, "platform", "Platform elsewhere")],
        )
        assert [row["slug"] for row in await query(connection, TEAMS)] == ["platform", "platform-gitlab"]


async def test_renamed_teams_may_exchange_their_slugs(engine: AsyncEngine, organization_id: UUID) -> None:
    other = TeamKey("github", "github.com", "6")
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [Team(PLATFORM, "a", "A"), Team(other, "b", "B")])
        await write_records(
            connection,
            organization_id,
            [Team(PLATFORM, "c", "Was A"), Team(other, "a", "Was B"), Team(PLATFORM, "b", "A")],
        )
        assert [(row["slug"], row["name"]) for row in await query(connection, TEAMS)] == [("a", "Was B"), ("b", "A")]


async def test_a_team_that_was_out_of_reach_is_back_when_its_provider_shows_it_but_not_by_a_late_event(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    team, gone = (Team(PLATFORM, "platform", "Platform", deleted=deleted) for deleted in (False, True))
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [replace(team, received_at=NOON)])
        for event, deleted in (
            (gone, True),
            (replace(team, received_at=NOON + timedelta(days=1)), True),
            (team, False),
        ):
            await write_records(connection, organization_id, [event])
            assert [row["deleted"] for row in await query(connection, TEAMS)] == [deleted]
        await remove_team(connection, organization_id, "platform", "cli:jane")
        await write_records(connection, organization_id, [team])
        assert [row["deleted"] for row in await query(connection, TEAMS)] == [True]


async def test_a_deleted_team_stays_deleted_and_frees_its_slug(engine: AsyncEngine, organization_id: UUID) -> None:
    team, again = Team(PLATFORM, "platform", "Platform"), Team(TeamKey("github", "github.com", "9"), "platform", "New")
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [team, Team(PLATFORM, "platform", "Platform", deleted=True)])
        await write_records(connection, organization_id, [replace(team, received_at=NOON), again])
        teams = await query(connection, TEAMS)
    assert [(row["name"], row["deleted"]) for row in teams] == [("New", False), ("Platform", True)]
    assert teams[0]["slug"] == "platform"


async def test_a_repository_that_was_removed_and_given_back(engine: AsyncEngine, organization_id: UUID) -> None:
    untimed = repository(seen_at=None)
    gone = InstallationRepositories("github", "github.com", (), (API,))
    back = InstallationRepositories("github", "github.com", (untimed,), ())
    async with engine.begin() as connection:
        steps: list[tuple[list[Record], bool]] = [([repository(), gone], True), ([back], False), ([back, gone], True)]
        steps.append(([gone, back], False))
        for events, removed in steps:
            await write_records(connection, organization_id, events)
            (row,) = await query(connection, "SELECT removed_at IS NOT NULL AS removed FROM repositories")
            assert row["removed"] is removed
        await write_records(connection, organization_id, [RepositoryRemoved(API, NOON, deleted=True), repository()])
        (row,) = await query(connection, "SELECT deleted_at FROM repositories")
    assert row["deleted_at"] == NOON


async def test_a_repository_given_beforehand_is_known_by_its_first_event(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """By its path in any case, and also when the repository came under another path first."""
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "platform", "Platform", "cli:jane")
        await add_repository_to_team(connection, organization_id, "platform", "github", "Acme/API", "cli:jane")
        await write_records(connection, organization_id, [repository(path="acme/old-name")])
        assert await owned(connection) == ["Acme/API"]
        await write_records(connection, organization_id, [repository(RepositoryKey("gitlab", "x", "1"), "acme/api")])
        assert await owned(connection) == ["Acme/API"]
        await write_records(connection, organization_id, [repository(path="acme/api", seen_at=None)])
        await write_records(connection, organization_id, [repository(path="acme/api", seen_at=NOON.replace(hour=13))])
        assert await owned(connection) == ["acme/api"]
        assert len(await query(connection, "SELECT 1 FROM repositories")) == 2


async def test_what_was_received_last_holds_in_whatever_order_it_is_processed(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Also when a batch failed, or a second worker was faster."""
    told: list[Untimed] = [
        Team(PLATFORM, "platform", "Was called so"),
        TeamMembership(PLATFORM, JANE, "member", member=True),
        MemberRemoved(JANE),
        TeamMembership(PLATFORM, JANE, "maintainer", member=True),
        TeamOwnership(PLATFORM, API, owns=True),
        InstallationRepositories("github", "github.com", (repository(seen_at=None),), ()),
        TeamOwnership(PLATFORM, API, owns=False),
        InstallationRepositories("github", "github.com", (), (API,)),
        Team(PLATFORM, "platform", "Platform"),
    ]
    received = [replace(event, received_at=NOON + timedelta(seconds=place)) for place, event in enumerate(told)]
    orders = [received, received[::-1], *(Random(seed).sample(received, len(received)) for seed in range(6))]
    found = []
    for order in orders:
        async with engine.connect() as connection:
            transaction = await connection.begin()
            for event in order:
                await write_records(connection, organization_id, [event])
            found.append(
                (
                    await query(connection, TEAMS),
                    await owned(connection),
                    await query(connection, "SELECT role FROM team_members"),
                    await query(connection, "SELECT removed_at FROM repositories"),
                )
            )
            await transaction.rollback()
    assert found[0][0][0]["name"] == "Platform"
    assert found[0][1:] == ([], [{"role": "maintainer"}], [{"removed_at": NOON + timedelta(seconds=7)}])
    assert found == [found[0]] * len(orders)
