"""Invented histories give the same aggregates and reports on plain PostgreSQL and on the server of TIMESCALE_DSN.

Told in batches of any order, before and after retention, with deliveries that come again when raw rows are gone.
DEVMETRICS_HISTORIES sets how many are invented.
"""

import json
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from handlers.reading import read_delivery
from reports.numbers import METRICS
from reports.report_json import report_as_json
from reports.scope import find_team
from reports.team_report import team_report
from reports.windows import window_between
from storage.aggregates import AGGREGATES
from storage.continuous import refresh_continuous
from storage.database import create_engine
from storage.migrate import ensure_organization
from storage.retention import Periods, run_retention
from storage.teams import add_team
from tests.server import DSN, Server
from tests.storage.telling import count
from tests.stories.inventing import invent
from tests.stories.moments import FIRST_DAY
from tests.stories.timeline import begin

HISTORIES = int(os.environ.get("DEVMETRICS_HISTORIES", "2"))
BATCHES = 3
# Of a story of some weeks: all raw rows are there; some are gone; all; and facts, too.
DAYS_LATER = (70, 120, 300, 900)


async def tell(engine: AsyncEngine, deliveries: Sequence[Delivery]) -> None:
    told = [
        record
        for each in deliveries
        for record in read_delivery(each.provider, each.event, each.body, each.at, host="gitlab.parcelway.example")
    ]
    async with engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
        await count(connection, organization_id, told)


async def everything(engine: AsyncEngine, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with engine.connect() as connection:
        for name, aggregate in AGGREGATES.items():
            query = f"SELECT path, {aggregate.bucket}::date, {aggregate.names} FROM {name} JOIN repositories "
            rows = await connection.execute(sa.text(query + "ON id = repository_id ORDER BY 1, 2"))
            found[name] = [tuple(row) for row in rows]
        scope = await find_team(connection, await ensure_organization(connection, "default"), "everybody")
        assert scope is not None
        for days in (30, 365, 1000):
            window = window_between(now - timedelta(days=days), now, "Europe/Oslo")
            report = await team_report(connection, scope, window, now)
            found[f"report of {days} days"] = json.loads(json.dumps(report_as_json(report)))
            for name, metric in METRICS.items():
                # Among equals they are in the order of the repositories' ids, which are others in each database.
                items = await metric.evidence(connection, scope.sources, window)
                found[f"{name} of {days} days"] = sorted(items, key=lambda one: (one.repository, one.subject))
    return found


@pytest.mark.skipif(DSN is None, reason="no TIMESCALE_DSN: see `make timescale`")
@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_a_history_gives_the_same_on_every_kind(plain_server: Server, server: Server, seed: int) -> None:
    random = Random(seed)
    deliveries = [
        delivery
        for number, provider in enumerate(("github", "gitlab"))
        for timeline in [begin(provider, number, f"parcelway/{provider}")]
        for line in invent(random.choice, 40)
        for delivery in timeline.tell(line)
    ]
    random.shuffle(deliveries)
    async with AsyncExitStack() as made:
        engines = []
        for each in (plain_server, server):
            engine = create_engine(await made.enter_async_context(each.database()))
            made.push_async_callback(engine.dispose)
            engines.append(engine)
            async with engine.begin() as connection:
                organization_id = await ensure_organization(connection, "default")
                await add_team(connection, organization_id, "everybody", "Everybody", "test")
            for batch in range(BATCHES):
                await tell(engine, deliveries[batch::BATCHES])
                # As the timer does it, in between.
                await refresh_continuous(engine)
            async with engine.begin() as connection:
                await connection.execute(sa.text("UPDATE repositories SET created_at = first_event_at"))
        plain, timescale = engines
        for days in DAYS_LATER:
            now = FIRST_DAY + timedelta(days=days)
            again = random.sample(deliveries, 20)
            for engine in engines:
                assert await run_retention(engine, Periods(), now) is not None
                await tell(engine, again)
            wanted, found = await everything(plain, now), await everything(timescale, now)
            assert wanted["monthly_dora_metrics"]
            for name, value in wanted.items():
                assert found[name] == value, (name, days)
