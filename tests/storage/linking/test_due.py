"""Repositories left to be linked later: taken by one, lost by nobody, and never waited for in a circle."""

import asyncio
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.linking import LOCK, relink
from storage.linking.due import postpone_links, take_due_links
from tests.patience import SECONDS


async def make_repository(engine: AsyncEngine, organization_id: UUID, name: str) -> UUID:
    statement = text(
        "INSERT INTO repositories (organization_id, provider, host, provider_id, name, path) "
        "VALUES (:organization_id, 'github', 'github.com', :provider_id, 'api', :path) RETURNING id"
    )
    async with engine.begin() as connection:
        row = {"organization_id": organization_id, "provider_id": name, "path": f"acme/{name}"}
        made = await connection.scalar(statement, row)
    assert isinstance(made, UUID)
    return made


async def hold(connection: AsyncConnection, repository_id: UUID) -> None:
    """As a batch does that writes facts of the repository."""
    await connection.execute(LOCK, {"ids": [repository_id]})


async def test_who_links_for_others_never_waits_for_a_batch_that_waits_for_it(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    mine = await make_repository(engine, organization_id, "mine")
    theirs = await make_repository(engine, organization_id, "theirs")
    async with engine.begin() as connection:
        await postpone_links(connection, [theirs])
    async with asyncio.timeout(SECONDS), engine.begin() as batch, engine.begin() as linking:
        await hold(batch, theirs)
        await hold(linking, mine)
        due = asyncio.create_task(link_everything(linking))
        await asyncio.sleep(0.2)
        await postpone_links(batch, [theirs])
        assert await due == set()
    async with engine.begin() as connection:
        assert await take_due_links(connection) == {theirs}


async def link_everything(connection: AsyncConnection) -> set[UUID]:
    due = await take_due_links(connection)
    await relink(connection, due)
    return due


async def test_what_is_taken_is_due_again_when_its_transaction_fails(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    one, other = [await make_repository(engine, organization_id, name) for name in ("one", "other")]
    async with engine.begin() as connection:
        await postpone_links(connection, [one, other])
    async with engine.connect() as connection:
        assert await take_due_links(connection) == {one, other}
        await connection.rollback()
    async with engine.begin() as connection:
        assert await take_due_links(connection, [one]) == {one}
    async with engine.begin() as connection:
        assert await take_due_links(connection, [one]) == set()
        assert await take_due_links(connection) == {other}
