"""`devmetrics check` says where details stay longer than they should, and why."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.operator.keeping import tell
from handlers.process import Worker
from storage.retention import Periods, run_retention
from storage.retention.held_back import HeldBack
from tests.bot.operator.running import Devmetrics
from tests.handlers.deliveries import deployment_status
from tests.handlers.queue import store
from tests.storage.telling import know_long


async def test_retention_that_did_not_run_is_told(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID
) -> None:
    told = [("deployment_status", deployment_status(number)) for number in (1, 2)]
    await store(engine, organization_id, *told)
    await Worker(engine).work()
    assert "retention" not in (await devmetrics("check")).out, "told today: it may still be on its way"
    async with engine.begin() as connection:
        await know_long(connection)
    result = await devmetrics("check")
    assert result.status == 0
    assert "1 repository keeps details for longer than 90 days; the oldest are since 2026-03-02" in result.out
    assert "let it run" in result.out

    await run_retention(engine, Periods(), datetime.now(UTC))
    assert "retention" not in (await devmetrics("check")).out


def test_what_linking_needs_is_told_with_what_it_means() -> None:
    held = HeldBack(3, uuid4(), datetime(2026, 3, 2, tzinfo=UTC), needed=True)
    finding = tell(held, 90)
    assert finding.state == "ok"
    assert finding.text.startswith("3 repositories keep details for longer than 90 days")
    assert "The numbers are right" in finding.text
