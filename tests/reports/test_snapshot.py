"""All queries of a report see one moment, and are planned once for a connection."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from reports.snapshot import snapshot

ASKED = "SELECT count(*) FROM teams WHERE slug = ANY($1::text[])"
PLANS = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1::text"


async def test_what_is_asked_again_is_not_planned_again(engine: AsyncEngine) -> None:
    for times in (1, 2, 3):
        async with snapshot(engine) as connection:
            await connection.exec_driver_sql(ASKED, (["platform"] * times,))
            assert (await connection.exec_driver_sql(PLANS, (ASKED,))).one() == (times, 0)


async def test_whoever_writes_on_the_same_connection_has_plans_for_what_it_writes(engine: AsyncEngine) -> None:
    async with snapshot(engine):
        pass
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SHOW plan_cache_mode")) == "auto"
