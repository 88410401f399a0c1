"""What people say of deployments: kept, audited, and in every table at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from storage.linking import relink
from storage.marks import MARKS, mark_deployment
from tests.handlers.deliveries import deployment_status
from tests.handlers.queue import query, store

DEPLOYED = [("deployment_status", deployment_status(number)) for number in (1, 2, 3)]


@pytest.fixture
async def repository_id(engine: AsyncEngine, organization_id: UUID) -> UUID:
    """Three successful deployments to production."""
    await store(engine, organization_id, *DEPLOYED)
    await Worker(engine).work()
    [(found,)] = await query(engine, "SELECT id FROM repositories")
    return UUID(str(found))


async def say(engine: AsyncEngine, organization_id: UUID, repository_id: UUID, *marks: str, of: int = 2) -> None:
    for mark in marks:
        async with engine.begin() as connection:
            assert await mark_deployment(
                connection, organization_id, repository_id, f"deployment:{of}", mark, "slack:U1"
            )


async def second(engine: AsyncEngine) -> tuple[Any, ...]:
    """Outcome, and whether it recovered, of the second deployment; failed deployments in the weekly aggregate."""
    [row] = await query(
        engine,
        "SELECT outcome, recovered_at IS NOT NULL, (SELECT sum(failed_count) FROM weekly_dora_metrics) "
        "FROM deployments WHERE provider_key = 'deployment:2'",
    )
    return tuple(row)


async def test_a_mark_is_in_the_outcome_the_evidence_and_the_aggregates_at_once(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    await say(engine, organization_id, repository_id, "failed")

    assert await second(engine) == ("failed", True, 1)
    assert await query(engine, "SELECT kind, source, decides FROM deployment_evidence") == [("mark", "slack:U1", True)]


async def test_the_latest_of_failed_ok_and_withdrawn_decides(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    for mark, outcome in (("failed", "failed"), ("ok", "succeeded"), ("failed", "failed"), ("withdrawn", "succeeded")):
        await say(engine, organization_id, repository_id, mark)
        assert (await second(engine))[0] == outcome


async def test_recovered_ends_a_recovery_and_a_withdrawal_takes_that_back_too(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await store(engine, organization_id, ("deployment_status", deployment_status(2, state="failure")))
    await Worker(engine).work()
    [(repository_id,)] = await query(engine, "SELECT id FROM repositories")

    assert await second(engine) == ("failed", False, 1)
    await say(engine, organization_id, repository_id, "recovered")
    assert await second(engine) == ("failed", True, 1)
    await say(engine, organization_id, repository_id, "withdrawn")
    assert await second(engine) == ("failed", False, 1)


async def test_who_marked_what_is_in_the_audit_log(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    await say(engine, organization_id, repository_id, "failed", "ok")

    assert await query(engine, "SELECT actor, action, subject, before, after FROM audit_logs ORDER BY id") == [
        ("slack:U1", "deployment.mark", "octo/app-1 deployment:2", None, {"mark": "failed"}),
        ("slack:U1", "deployment.mark", "octo/app-1 deployment:2", {"mark": "failed"}, {"mark": "ok"}),
    ]


async def test_a_mark_follows_the_ones_before_it_although_the_clock_was_set_back(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO deployment_marks VALUES (:id, 'deployment:2', :at, 'failed', 'slack:U2')"),
            {"id": repository_id, "at": ahead},
        )
    await say(engine, organization_id, repository_id, "ok")
    assert (await second(engine))[0] == "succeeded"


async def test_a_repository_of_another_organization_is_out_of_reach(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    async with engine.begin() as connection:
        assert not await mark_deployment(connection, uuid4(), repository_id, "deployment:2", "failed", "slack:U1")
    assert await query(engine, "SELECT count(*) FROM deployment_marks") == [(0,)]


async def test_a_mark_may_come_before_the_facts_that_it_is_about(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    await say(engine, organization_id, repository_id, "failed", of=9)
    await store(engine, organization_id, ("deployment_status", deployment_status(9)))
    await Worker(engine).work()
    outcome = "SELECT outcome FROM deployments WHERE provider_key = 'deployment:9'"
    assert await query(engine, outcome) == [("failed",)]


async def test_people_and_workers_at_once_leave_links_that_say_what_the_facts_say(
    engine: AsyncEngine, organization_id: UUID, repository_id: UUID
) -> None:
    async def work(number: int) -> None:
        await store(engine, organization_id, ("deployment_status", deployment_status(10 + number)))
        await Worker(engine).work()

    marks = [say(engine, organization_id, repository_id, *MARKS[start:], of=of) for of in (1, 2) for start in range(4)]
    await asyncio.gather(*marks, *map(work, range(4)))
    while await Worker(engine).work():
        pass

    assert await query(engine, "SELECT count(*) FROM deployment_marks") == [(20,)]
    assert await query(engine, "SELECT count(*) FROM deployments WHERE outcome IS NULL") == [(0,)]
    async with engine.begin() as connection:
        assert await relink(connection, [repository_id]) == set()
