"""`devmetrics migrate`."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics, states


async def test_migrate_brings_the_tables_and_may_be_repeated(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))

    for _ in range(2):
        assert (await devmetrics("migrate")).status == 0
    assert await states(engine) == []
