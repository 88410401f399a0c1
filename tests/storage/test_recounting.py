"""By the rules of this version everything is counted again that can be, and nothing else. On every kind of database."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.continuous import find_stores
from storage.linking import relink
from storage.linking.rules import RULES
from storage.recounting import Progress, count_again, find_progress, take_outdated
from storage.retention import Periods, run_retention
from tests.storage.telling import LATER, aggregates, links, story, tell


async def set_counted_by(engine: AsyncEngine, version: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE repositories SET counted_by = :version"), {"version": version})


async def count_outdated(engine: AsyncEngine) -> set[UUID]:
    async with engine.begin() as connection:
        taken = await take_outdated(connection)
        await count_again(connection, taken)
    return taken


async def test_links_outcomes_and_buckets_are_counted_again(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    counted, linked = await aggregates(engine, repository_id), await links(engine, repository_id)
    async with engine.begin() as connection:
        await connection.execute(sa.text("DELETE FROM changes"))
        await connection.execute(sa.text("UPDATE deployments SET outcome = 'failed'"))
        for name, number in (("daily_commit_stats", "commit_count"), ("monthly_dora_metrics", "deployment_count")):
            ours = (await find_stores(connection, name))[0]
            await connection.execute(sa.text(f"UPDATE {ours} SET {number} = {number} + 7"))
    assert await aggregates(engine, repository_id) != counted
    await set_counted_by(engine, RULES - 1)
    assert await count_outdated(engine) == {repository_id}
    assert await aggregates(engine, repository_id) == counted
    assert await links(engine, repository_id) == linked
    assert await count_outdated(engine) == set()


async def test_what_is_frozen_stands(engine: AsyncEngine, organization_id: UUID) -> None:
    repository_id = await tell(engine, organization_id, story("1"))
    counted, linked = await aggregates(engine, repository_id), await links(engine, repository_id)
    await run_retention(engine, Periods(), LATER)
    await set_counted_by(engine, RULES - 1)
    assert await count_outdated(engine) == {repository_id}
    assert await aggregates(engine, repository_id) == counted
    assert await links(engine, repository_id) == linked


async def test_a_repository_of_this_versions_own_is_not_counted_twice(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await tell(engine, organization_id, story("1", weeks=1))
    assert await count_outdated(engine) == set()
    async with engine.connect() as connection:
        assert await find_progress(connection) == Progress(outdated=0, all=1)


async def test_what_an_older_replica_counts_after_a_newer_one_is_outdated_again(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    repository_id = await tell(engine, organization_id, story("1", weeks=1))
    await set_counted_by(engine, RULES + 1)
    assert await count_outdated(engine) == set(), "the older one undoes nothing"
    async with engine.begin() as connection:
        await relink(connection, [repository_id])
        assert await connection.scalar(sa.text("SELECT counted_by FROM repositories")) == RULES
