"""Linking what is expensive does not keep a worker from everything else."""

from collections.abc import Collection
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers import linker
from handlers.linker import LONGEST_UNLINKED_SECONDS, Linker
from handlers.process import Worker
from storage.linking.due import MOST_REPOSITORIES
from tests.handlers.deliveries import deployment_status
from tests.handlers.queue import query, store


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def due(engine: AsyncEngine) -> list[UUID]:
    return [identity for (identity,) in await query(engine, "SELECT repository_id FROM links_due ORDER BY 1")]


async def link(engine: AsyncEngine, linker: Linker, touched: Collection[UUID], *, waiting: bool = False) -> None:
    async with engine.begin() as connection:
        await linker.link_batch(connection, touched, waiting=waiting)


@pytest.fixture
async def busy(engine: AsyncEngine, organization_id: UUID) -> UUID:
    return (await repositories(engine, organization_id))[0]


async def repositories(engine: AsyncEngine, organization_id: UUID, count: int = 1) -> list[UUID]:
    """Some that have a deployment each."""
    statuses = (deployment_status(number, of=number) for number in range(1, count + 1))
    await store(engine, organization_id, *(("deployment_status", status) for status in statuses))
    await Worker(engine).work()
    return [identity for (identity,) in await query(engine, "SELECT id FROM repositories ORDER BY path")]


async def test_what_took_long_rests_while_others_are_linked_at_once(
    engine: AsyncEngine, organization_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    expensive, ordinary = await repositories(engine, organization_id, 2)
    clock = Clock()
    tested = Linker(engine, clock)
    # As if it had taken many seconds: a rest is a multiple of what linking took.
    monkeypatch.setattr(linker, "LONG_SECONDS", 0.0)
    monkeypatch.setattr(linker, "REST", 1e9)
    await link(engine, tested, {expensive})

    await link(engine, tested, {expensive, ordinary})
    assert await due(engine) == [expensive]
    await tested.catch_up()
    assert await due(engine) == [expensive]

    clock.now += 1e12
    await tested.catch_up()
    assert await due(engine) == []


async def test_a_repository_that_rested_is_linked_by_the_next_batch(
    engine: AsyncEngine, busy: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    tested = Linker(engine, clock)
    monkeypatch.setattr(linker, "LONG_SECONDS", 0.0)
    await link(engine, tested, {busy})
    await link(engine, tested, {busy})
    assert await due(engine) == [busy]

    clock.now += 3600
    await link(engine, tested, ())
    assert await due(engine) == []


async def test_an_ordinary_repository_never_rests(
    engine: AsyncEngine, busy: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested = Linker(engine, Clock())
    # Also where this machine is busy with other things.
    monkeypatch.setattr(linker, "LONG_SECONDS", 60.0)
    for _ in range(3):
        await link(engine, tested, {busy})
        assert await due(engine) == []


async def test_in_a_flood_links_wait_and_are_made_every_ten_seconds(engine: AsyncEngine, busy: UUID) -> None:
    clock = Clock()
    tested = Linker(engine, clock)
    for _ in range(2):
        await link(engine, tested, {busy}, waiting=True)
        assert await due(engine) == [busy]
        clock.now += LONGEST_UNLINKED_SECONDS
        await link(engine, tested, {busy}, waiting=True)
        assert await due(engine) == []


async def test_when_a_flood_ends_everything_is_linked(engine: AsyncEngine, organization_id: UUID) -> None:
    """However many it touched: who sees that the last delivery is done asks for the numbers."""
    many = await repositories(engine, organization_id, MOST_REPOSITORIES + 5)
    tested = Linker(engine, Clock())
    await link(engine, tested, many, waiting=True)
    assert await due(engine) == sorted(many)
    await link(engine, tested, ())
    assert await due(engine) == []
