"""What `devmetrics check` says of readings: also what is in the way of those that are tried again."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.operator.asking import find_asking
from storage.asking.readings import REPAIR
from tests.fakes.github.telling import grow
from tests.fakes.github.world import World
from tests.handlers.asking.setting import introduce


async def test_a_reading_that_is_tried_again_says_what_is_in_its_way(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, datetime(2026, 9, 1, tzinfo=UTC), 1)
    await introduce(engine, organization_id, world)
    said = "GitHub answers 500."
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE history_readings SET reason = :said"), {"said": said})
        [history] = await find_asking(connection, organization_id)
        await connection.execute(text("UPDATE history_readings SET purpose = :purpose"), {"purpose": REPAIR})
        [repair] = await find_asking(connection, organization_id)
    for finding in (history, repair):
        assert finding.text.endswith(f"1 to be tried again: {said}")
