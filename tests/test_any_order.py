"""Whatever the order, repetitions and batches in which a history arrives, tables and numbers end up the same."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.demo.company import Delivery, deliveries
from handlers.reading import read_delivery
from reports.period import parse_period
from reports.report import Report
from reports.scope import find_team
from reports.team_report import team_report
from storage.aggregates import refresh
from storage.facts import write_records
from storage.linking import relink
from storage.records import Record
from storage.teams import add_team
from tests.storage.facts.dumping import dump
from tests.storage.facts.histories import histories, retold

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, tzinfo=UTC)
thorough = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


async def write(connection: AsyncConnection, organization_id: UUID, batch: Sequence[Record]) -> None:
    """As the worker does."""
    touched = await write_records(connection, organization_id, batch)
    weeks = await relink(connection, touched.repositories)
    await refresh(connection, touched.commit_days, touched.deployment_weeks | weeks)


async def numbers(connection: AsyncConnection, organization_id: UUID) -> Report:
    await add_team(connection, organization_id, "everybody", "Everybody", "test")
    scope = await find_team(connection, organization_id, "everybody")
    assert scope is not None
    return await team_report(connection, scope, parse_period("2w", "UTC", NOW), NOW)


async def told(
    engine: AsyncEngine, organization_id: UUID, batches: Iterable[Sequence[Record]]
) -> tuple[dict[str, Any], Report]:
    """Tables and numbers after these batches, of an otherwise empty database."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        for batch in batches:
            await write(connection, organization_id, batch)
        result = await dump(connection), await numbers(connection, organization_id)
        await transaction.rollback()
        return result


@settings(thorough, max_examples=25)
@given(data=st.data())
async def test_contradicting_records_give_the_same_tables_in_any_order(
    engine: AsyncEngine, organization_id: UUID, data: st.DataObject
) -> None:
    history = data.draw(histories)
    batches = data.draw(retold(history))
    assert await told(engine, organization_id, batches) == await told(engine, organization_id, [history])


@cache
def company() -> list[Delivery]:
    """The last days of the sample company, of GitHub and of GitLab."""
    return [delivery for delivery in deliveries(TODAY) if delivery.at >= NOW - timedelta(days=12)]


def read(history: Iterable[Delivery]) -> list[Record]:
    return [
        record
        for delivery in history
        for record in read_delivery(delivery.provider, delivery.event, delivery.body, delivery.at)
    ]


@settings(thorough, max_examples=8)
@given(seed=st.integers(0, 10**6), cuts=st.integers(1, 8), share=st.sampled_from([0.1, 0.5, 1.0]))
async def test_deliveries_give_the_same_tables_and_numbers_in_any_order(
    engine: AsyncEngine, organization_id: UUID, seed: int, cuts: int, share: float
) -> None:
    """Some never arrive, some arrive twice."""
    random = Random(seed)
    history = [delivery for delivery in company() if random.random() <= share]
    shuffled = [*history, *random.choices(history, k=len(history) // 5)] if history else []
    random.shuffle(shuffled)
    size = len(shuffled) // cuts + 1
    batches = [read(shuffled[start : start + size]) for start in range(0, len(shuffled), size)]
    tables, report = await told(engine, organization_id, [read(history)])
    assert (tables, report) == await told(engine, organization_id, batches)
    if share == 1.0:
        assert {"commits", "pull_requests", "deployments", "changes", "shipped_changes"} <= set(tables)
        assert report.numbers.deployment_frequency.deployments > 0
        assert report.numbers.lead_time.n > 0
