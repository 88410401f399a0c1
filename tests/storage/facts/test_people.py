"""One developer for each person, as far as payloads prove it, however the proofs arrive."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts import write_records
from storage.records import Review, Team, TeamKey, TeamMembership
from tests.storage.facts.samples import API, NOON, account, address, at, commit, pull_request, query, repository

DEVELOPERS = "SELECT email, name, github_username, is_bot FROM developers ORDER BY email, github_username"
TEAM = TeamKey("github", "github.com", "5")


async def test_an_account_and_an_address_are_two_until_a_payload_shows_them_as_one(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Everything either of them did is one developer's from then on, and its repositories are linked again."""
    jane = account("7", "jane")
    async with engine.begin() as connection:
        await write_records(
            connection,
            organization_id,
            [
                repository(),
                commit(author=address("jane@example.com", name="Jane")),
                pull_request(0, author=jane),
                Review(API, 1, "review:1", "review", address("jane@example.com"), None, NOON, NOON),
                Team(TEAM, "platform", "Platform"),
                TeamMembership(TEAM, jane, "member", member=True),
                TeamMembership(TEAM, address("jane@example.com"), "maintainer", member=True),
            ],
        )
        assert len(await query(connection, DEVELOPERS)) == 2
        touched = await write_records(connection, organization_id, [account("7", "jane", email="jane@example.com")])
        developers = await query(connection, DEVELOPERS)
        owners = await query(
            connection,
            "SELECT author_id AS id FROM commits UNION SELECT author_id FROM pull_requests "
            "UNION SELECT reviewer_id FROM reviews UNION SELECT developer_id FROM developer_identities",
        )
        members = await query(connection, "SELECT role FROM team_members")
    assert developers == [{"email": "jane@example.com", "name": "Jane", "github_username": "jane", "is_bot": False}]
    assert len(owners) == 1
    assert members == [{"role": "maintainer"}]
    assert len(touched.repositories) == 1


async def test_the_newest_name_wins_also_when_it_arrives_first(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [account("7", "jane-new", seen_at=at(5))])
        await write_records(connection, organization_id, [account("7", "jane-old", name="Jane", seen_at=at(1))])
        (developer,) = await query(connection, DEVELOPERS)
    assert developer["github_username"] == "jane-new"
    assert developer["name"] == "Jane"


async def test_a_shared_address_joins_nobody(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(
            connection,
            organization_id,
            [account("7", "jane", email="noreply@github.com"), account("8", "joe", email="noreply@github.com")],
        )
        developers = await query(connection, DEVELOPERS)
    assert [developer["github_username"] for developer in developers] == ["jane", "joe"]
    assert [developer["email"] for developer in developers] == [None, None]
