"""What an older version counted is counted again in the background: behind deliveries, and however often it dies."""

import asyncio
import math
import sys
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from handlers import linker
from handlers.process import Worker
from storage.linking.due import MOST_REPOSITORIES
from tests.handlers.deliveries import deployment_status
from tests.handlers.queue import query, store
from tests.patience import SECONDS
from tests.storage.facts.dumping import dump
from tests.storage.telling import count, story

LEFT = 3
MANY = MOST_REPOSITORIES + LEFT
WORKER = """
import asyncio, sys
from handlers.process import Worker
from storage.database import create_engine
asyncio.run(Worker(create_engine(sys.argv[1])).run(asyncio.Event()))
"""


@pytest.fixture(autouse=True)
def nothing_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long this machine takes to link a repository."""
    monkeypatch.setattr(linker, "LONG_SECONDS", math.inf)


@pytest.fixture
async def repositories(engine: AsyncEngine, organization_id: UUID) -> list[UUID]:
    async with engine.begin() as connection:
        told = [record for number in range(MANY) for record in story(str(number), weeks=2)]
        return await count(connection, organization_id, told)


async def forget_what_was_counted(engine: AsyncEngine) -> None:
    """As a version with other rules would have left it."""
    async with engine.begin() as connection:
        for statement in (
            "UPDATE repositories SET counted_by = 0",
            "DELETE FROM shipped_changes",
            "UPDATE changes SET is_bot = true",
            "UPDATE deployments SET outcome = NULL",
            "UPDATE weekly_dora_metrics SET deployment_count = deployment_count + 7",
        ):
            await connection.execute(text(statement))


async def outdated(engine: AsyncEngine) -> set[UUID]:
    return {one for (one,) in await query(engine, "SELECT id FROM repositories WHERE counted_by = 0")}


async def run_until_all_is_counted(engine: AsyncEngine) -> None:
    """With a worker that would wait for an hour if it had nothing left to do."""
    stopping = asyncio.Event()
    running = asyncio.create_task(Worker(engine, poll_seconds=3600).run(stopping))
    async with asyncio.timeout(SECONDS):
        while await outdated(engine):  # noqa: ASYNC110 (the database is asked)
            await asyncio.sleep(0.05)
    stopping.set()
    await running


async def test_killed_in_the_middle_it_goes_on_where_it_was_and_counts_what_a_fresh_count_does(
    engine: AsyncEngine, repositories: list[UUID]
) -> None:
    async with engine.connect() as connection:
        fresh = await dump(connection)
    await forget_what_was_counted(engine)
    url = engine.url.render_as_string(hide_password=False)
    async with engine.connect() as connection:
        # It stops in its second transaction, at the last of those that it counts there.
        hold = "SELECT FROM deployments WHERE repository_id = :id FOR UPDATE"
        await connection.execute(text(hold), {"id": repositories[-1]})
        worker = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, url)
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(SECONDS):
            while await query(engine, waiting) == [(0,)]:  # noqa: ASYNC110 (another process's progress)
                await asyncio.sleep(0.05)
        worker.kill()
        await worker.wait()
    assert await outdated(engine) == {*repositories[MOST_REPOSITORIES:]}
    of_the_rest = (
        "SELECT DISTINCT outcome FROM deployments JOIN repositories ON id = repository_id WHERE counted_by = 0"
    )
    assert await query(engine, of_the_rest) == [(None,)]

    await run_until_all_is_counted(engine)
    async with engine.connect() as connection:
        assert await dump(connection) == fresh


async def test_deliveries_go_before_it(engine: AsyncEngine, organization_id: UUID, repositories: list[UUID]) -> None:
    await forget_what_was_counted(engine)
    await store(engine, organization_id, ("deployment_status", deployment_status(1)))
    worker = Worker(engine)
    assert await worker.work() == 1
    assert len(await outdated(engine)) == MANY
    # In a pause some of them are, and then deliveries are looked for again.
    assert await worker.work() == 0
    assert len(await outdated(engine)) == LEFT
    await store(engine, organization_id, ("deployment_status", deployment_status(2)))
    assert await worker.work() == 1
    assert len(await outdated(engine)) == LEFT
    assert await worker.work() == 0
    assert await outdated(engine) == set()


async def test_one_that_cannot_be_counted_keeps_its_numbers_and_costs_the_others_nothing(
    engine: AsyncEngine, repositories: list[UUID]
) -> None:
    await forget_what_was_counted(engine)
    async with engine.begin() as connection:
        nonsense = (
            "INSERT INTO enrichment_requests (repository_id, kind, subject, answer) "
            """VALUES (:id, 'compare', 'a...b', '{"commits": [{}]}')"""
        )
        await connection.execute(text(nonsense), {"id": repositories[0]})
    worker = Worker(engine)
    with capture_logs() as logs:
        for _ in range(3):
            assert await worker.work() == 0
    assert await outdated(engine) == {repositories[0]}
    assert [log["repository"] for log in logs if log["log_level"] == "error"] == [str(repositories[0])]
