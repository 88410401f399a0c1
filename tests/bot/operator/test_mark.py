"""`devmetrics mark`: what a person knows of a deployment, from a terminal."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from storage.marks import mark_deployment
from storage.retention import Periods, run_retention
from tests.bot.operator.running import Devmetrics
from tests.handlers.deliveries import deployment_status
from tests.handlers.queue import query, store
from tests.storage.telling import know_long


async def test_a_deployment_is_marked_and_shown_as_in_slack(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID
) -> None:
    await store(engine, organization_id, ("deployment_status", deployment_status(1)))
    await Worker(engine).work()

    result = await devmetrics("mark", "octo/app-1", "deployment:1", "failed")

    assert (result.status, result.err) == (0, "")
    assert "Marked as failed." in result.out
    assert "It counts as failed" in result.out
    [(actor, action)] = await query(engine, "SELECT actor, action FROM audit_logs")
    assert (actor.partition(":")[0], action) == ("cli", "deployment.mark")
    assert await query(engine, "SELECT outcome FROM deployments") == [("failed",)]
    assert '"text": "octo/app-1 deployment:1' in (await devmetrics("mark", "1", "--json")).out


async def test_what_is_not_known_ends_with_status_1(devmetrics: Devmetrics) -> None:
    result = await devmetrics("mark", "4242", "failed")
    assert (result.status, result.out) == (1, "")
    assert "I know no deployment" in result.err
    assert (await devmetrics("mark")).status == 2


async def test_what_stands_cannot_be_marked(devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID) -> None:
    told = [("deployment_status", deployment_status(number)) for number in (1, 2)]
    await store(engine, organization_id, *told)
    await Worker(engine).work()
    async with engine.begin() as connection:
        await know_long(connection)
    await run_retention(engine, Periods(), datetime(2026, 11, 28, tzinfo=UTC))

    for verdict in ("failed", "withdrawn"):
        result = await devmetrics("mark", "octo/app-1", "deployment:1", verdict)
        assert "details of this repository are kept since 2026-08-24" in result.err
        assert result.status == 1
    [(repository_id,)] = await query(engine, "SELECT id FROM repositories")
    async with engine.begin() as connection:
        place = (organization_id, repository_id, "deployment:1")
        assert not await mark_deployment(connection, *place, "failed", "cli:ana")
    assert await query(engine, "SELECT mark FROM deployment_marks") == []
    # The last success of its environment is needed yet: it is open.
    assert "Marked as failed." in (await devmetrics("mark", "octo/app-1", "deployment:2", "failed")).out
