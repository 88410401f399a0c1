"""Invented lives of repositories, months and years long: what retention drops changes no number.

Each is told as it arrives to a database that keeps everything, and to one that retention runs on meanwhile; with
TIMESCALE_DSN also to that server. `make lives` invents many.
"""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from itertools import groupby
from random import Random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.continuous import refresh_continuous
from storage.database import create_engine
from storage.migrate import ensure_organization
from storage.retention import Periods, run_retention
from storage.teams import add_team
from storage.timezones import set_team_timezone
from tests.server import DSN, Server
from tests.stories.lives import ZONES, Life, Told, live
from tests.stories.remembering import compare, of_a_digest, of_a_window, of_aggregates, without_what_is_kept, write

FIRST, _, AFTER_LAST = os.environ.get("DEVMETRICS_LIVES", "0-1").partition("-")
DAYS = int(os.environ.get("DEVMETRICS_LIFE_DAYS", "150"))
SEVERAL = int(AFTER_LAST) - int(FIRST) > 1
PERIODS = (Periods(), Periods(), Periods(raw_days=200), Periods(raw_days=130, daily_days=300))
PROVIDERS = (("github", "gitlab"), ("github",), ("gitlab", "github", "github"))
WEEK = timedelta(days=7)
# After the last event: raw rows are gone, then facts, then weeks.
LATER = (0, 100, 365, 770, 1900) if SEVERAL else (0, 110)


class World:
    """The databases that the same is told to: the first keeps everything, on the others retention runs."""

    def __init__(self, engines: Sequence[AsyncEngine], periods: Periods, zone: str) -> None:
        self.engines, self.periods, self.zone = engines, periods, zone
        self.whole, *self.others = engines
        self.wrong: list[str] = []

    async def hear(self, told: Sequence[Told]) -> None:
        for said_by_hand, some in groupby(told, key=lambda one: one.mark is not None):
            if not said_by_hand:
                batch = list(some)
                for engine in self.engines:
                    await write(engine, batch)
                continue
            for one in some:
                taken = {await one.say(engine) for engine in self.others}
                assert len(taken) == 1
                # What stands is not marked any more.
                if taken == {True}:
                    await one.say(self.whole)

    async def pass_time(self, random: Random, now: datetime) -> None:
        for step in random.sample(("retention", "refresh", "retention", "nothing"), 2):
            for engine in self.others:
                if step == "retention":
                    assert await run_retention(engine, self.periods, now) is not None
                elif step == "refresh":
                    await refresh_continuous(engine)

    async def compare_digests(self, now: datetime) -> None:
        wanted = await of_a_digest(self.whole, now)
        for engine in self.others:
            self.wrong += compare(wanted, await of_a_digest(engine, now), f"digest {now:%F}")

    async def compare_windows(self, windows: Sequence[tuple[datetime, datetime]], now: datetime) -> None:
        """As far as facts reach all say what the first says; beyond them the others say the same."""
        facts_since = now - timedelta(days=self.periods.daily_days) - WEEK
        for start, end in windows:
            where = f"{now:%F} of {start:%F} - {end:%F} {self.zone}"
            found = [await of_a_window(engine, start, end, self.zone, now) for engine in self.engines]
            if start >= facts_since + WEEK:
                whole, kept = (without_what_is_kept(one) for one in found[:2])
                self.wrong += compare(whole, kept, f"retention {where}")
            for one in found[2:]:
                self.wrong += compare(found[1], one, f"kinds {where}")
        aggregates = [await of_aggregates(engine) for engine in self.others]
        for one in aggregates[1:]:
            self.wrong += compare(aggregates[0], one, f"kinds {now:%F} aggregates")


async def make_world(made: AsyncExitStack, servers: Sequence[Server], periods: Periods, zone: str) -> World:
    engines = []
    for each in servers:
        engine = create_engine(await made.enter_async_context(each.database()))
        made.push_async_callback(engine.dispose)
        engines.append(engine)
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, "default")
            await add_team(connection, organization_id, "everybody", "Everybody", "test")
            await set_team_timezone(connection, organization_id, "everybody", zone, "test")
    return World(engines, periods, zone)


@pytest.mark.parametrize("seed", range(int(FIRST), int(AFTER_LAST)))
async def test_years_later_every_number_is_as_it_was(plain_server: Server, server: Server, seed: int) -> None:
    random = Random(seed)
    periods, zone = random.choice(PERIODS), random.choice(ZONES)
    lives: list[Life] = live(random, random.choice(PROVIDERS), DAYS)
    told = sorted((one for life in lives for one in life.told(random)), key=lambda one: one.at)
    async with AsyncExitStack() as made:
        servers = [plain_server, plain_server, *([server] if DSN is not None else [])]
        world = await make_world(made, servers, periods, zone)
        now, asked, place = told[0].at, [], 0
        while place < len(told):
            now = told[place].at + timedelta(days=random.choice((1, 2, 5, 7, 14)))
            until = next((n for n in range(place, len(told)) if told[n].at >= now), len(told))
            await world.hear(told[place:until])
            place = until
            await world.pass_time(random, now)
            if random.random() < 0.15:
                await world.compare_digests(now)
                asked.append(now)
        windows = [(now - timedelta(days=days), now) for days in (30, 365)]
        windows += [(moment - WEEK, moment) for moment in asked[:6]]
        for later in LATER:
            moment = now + timedelta(days=later)
            for engine in world.others:
                assert await run_retention(engine, periods, moment) is not None
            await world.compare_windows(windows, moment)
    assert not world.wrong, "\n".join(world.wrong[:60])
