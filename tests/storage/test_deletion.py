"""What a deleted repository leaves, and how it comes back."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from reports.scope import find_team, list_repositories, list_repository_paths
from storage.facts import write_records
from storage.records import Record, RepositoryRemoved
from tests.storage.facts.samples import API, NOON, at, query, repository
from tests.storage.test_forgetting import numbers, told, write

DELETED = RepositoryRemoved(API, at(60), deleted=True)


async def is_deleted(connection: AsyncConnection) -> bool:
    [row] = await query(connection, "SELECT deleted_at IS NOT NULL AS deleted FROM repositories")
    return bool(row["deleted"])


async def test_a_team_keeps_the_history_of_a_repository_that_was_deleted(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await write(connection, organization_id, told())
        before = await numbers(connection, organization_id)
        await write(connection, organization_id, [repository(seen_at=at(60)), DELETED])
        assert await is_deleted(connection)
        assert await numbers(connection, organization_id) == before
        team = await find_team(connection, organization_id, "platform")
        assert team is not None
        assert not team.whole_organization
        # It is suggested to nobody.
        assert await list_repositories(connection, organization_id) == []
        assert await list_repository_paths(connection, organization_id) == []


@pytest.mark.parametrize(
    ("later", "deleted"), [(timedelta(minutes=30), True), (timedelta(days=2), False)], ids=["on_its_way", "restored"]
)
async def test_a_repository_in_which_something_happens_later_was_restored(
    engine: AsyncEngine, organization_id: UUID, later: timedelta, deleted: bool
) -> None:
    """In any order of arrival."""
    steps: list[Record] = [repository(), DELETED, repository(seen_at=DELETED.at + later if DELETED.at else NOON)]
    for order in permutations(steps):
        async with engine.connect() as connection:
            for step in order:
                await write_records(connection, organization_id, [step])
            assert await is_deleted(connection) is deleted, order
            await connection.rollback()


async def test_a_repository_may_be_deleted_again(engine: AsyncEngine, organization_id: UUID) -> None:
    again = RepositoryRemoved(API, at(60 * 24 * 3), deleted=True)
    steps: list[Record] = [DELETED, again, repository(seen_at=at(60 * 24 * 2))]
    for order in permutations(steps):
        async with engine.connect() as connection:
            for step in order:
                await write_records(connection, organization_id, [step])
            [row] = await query(connection, "SELECT deleted_at FROM repositories")
            assert row["deleted_at"] == again.at, order
            await connection.rollback()
