"""Whatever the order, the repetitions and the batches in which a history arrives, the tables end up the same."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts import write_records
from storage.records import Record
from tests.storage.facts.dumping import dump
from tests.storage.facts.histories import histories, retold


async def told(engine: AsyncEngine, organization_id: UUID, batches: Sequence[Sequence[Record]]) -> dict[str, Any]:
    """The tables after these batches, of an otherwise empty database."""
    async with engine.connect() as connection:
        transaction = await connection.begin()
        for batch in batches:
            await write_records(connection, organization_id, batch)
        tables = await dump(connection)
        await transaction.rollback()
        return tables


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
async def test_records_give_the_same_tables_in_any_order(
    engine: AsyncEngine, organization_id: UUID, data: st.DataObject
) -> None:
    history = data.draw(histories)
    batches = data.draw(retold(history))
    assert await told(engine, organization_id, batches) == await told(engine, organization_id, [history])
