"""Invented histories, told to both providers in any order, give the numbers of a second count."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.demo.company import Delivery
from handlers.reading import read_delivery
from reports.report_json import report_as_json
from reports.repository_report import repository_report
from reports.scope import find_repository
from reports.windows import window_between
from storage.facts import write_records
from storage.linking import relink
from storage.teams import add_repository_to_team, add_team
from tests.stories.by_hand import say
from tests.stories.flood import open_house
from tests.stories.inventing import Line, invent, timelines
from tests.stories.moments import FIRST_DAY
from tests.stories.numbers import differences
from tests.stories.second_count import Count
from tests.stories.second_report import report
from tests.stories.timeline import Timeline, begin

# `make stories` invents thousands.
EXAMPLES = int(os.environ.get("DEVMETRICS_STORIES", "0"))
REPOSITORIES = 300 if EXAMPLES else 15
END = FIRST_DAY + timedelta(days=80)
WEEKS = text("SELECT sum(deployment_count) AS deployments, sum(failed_count) AS failed FROM weekly_dora_metrics")


async def write(connection: AsyncConnection, organization_id: UUID, deliveries: Sequence[Delivery]) -> None:
    told = [
        record
        for each in deliveries
        for record in read_delivery(each.provider, each.event, each.body, each.at, host="gitlab.parcelway.example")
    ]
    touched = await write_records(connection, organization_id, told)
    await relink(connection, touched.repositories)


async def ask(connection: AsyncConnection, organization_id: UUID, path: str, days: tuple[int, int]) -> Any:
    scope = await find_repository(connection, organization_id, None, path)
    assert scope is not None
    window = window_between(FIRST_DAY + timedelta(days=days[0]), FIRST_DAY + timedelta(days=days[1]), "UTC")
    return json.loads(json.dumps(report_as_json(await repository_report(connection, scope, window, END))))


@settings(
    deadline=None,
    max_examples=EXAMPLES or 12,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(lines=timelines(), seed=st.integers(0, 1000), first=st.integers(0, 20), length=st.integers(1, 20))
async def test_any_history_gives_the_numbers_of_a_second_count(
    engine: AsyncEngine, organization_id: UUID, lines: list[Line], seed: int, first: int, length: int
) -> None:
    github, gitlab = begin("github", 1, "parcelway/one"), begin("gitlab", 2, "parcelway/two")
    told = {timeline: [d for line in lines for d in timeline.tell(line)] for timeline in (github, gitlab)}
    wrong: list[str] = []
    async with engine.connect() as connection:
        transaction = await connection.begin()
        for timeline, deliveries in told.items():
            shuffled = [*deliveries, *Random(seed).choices(deliveries, k=5)]
            Random(seed).shuffle(shuffled)
            middle = len(shuffled) // 2
            for batch in (shuffled[:middle], shuffled[middle:]):
                await write(connection, organization_id, batch)
            await say(connection, organization_id, timeline, {})
            count = Count(lines, timeline.git, timeline.of.provider)
            for days in ((0, 75), (first, first + length)):
                wanted = report([count], FIRST_DAY + timedelta(days=days[0]), FIRST_DAY + timedelta(days=days[1]))
                found = await ask(connection, organization_id, timeline.of.path, days)
                wrong += [f"{timeline.of.provider} {days}: {line}" for line in differences(wanted, found)]
        await transaction.rollback()
    assert not wrong, "\n".join([*wrong, *map(str, lines)])


async def test_a_team_of_many_repositories_has_the_sum_of_their_second_counts(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Through the door, backwards, by two workers; a hook of the group tells every event a second time."""
    random = Random(20260302)
    counts: list[Count] = []
    deliveries: list[Delivery] = []
    told: list[Timeline] = []
    timelines_of = [(provider, number) for provider in ("github", "gitlab") for number in range(REPOSITORIES)]
    for provider, number in timelines_of:
        lines = invent(random.choice, random.randint(3, 12))
        timeline = begin(provider, 1000 + number * 10, f"parcelway/{provider}-{number}")
        deliveries += [delivery for line in lines for delivery in timeline.tell(line)]
        counts.append(Count(lines, timeline.git, provider))
        told.append(timeline)
    deliveries.sort(key=lambda delivery: (delivery.at, delivery.key), reverse=True)
    twice = [one for each in deliveries for one in (each, replace(each, key=f"{each.key}-of-the-group"))]
    async with open_house(engine, organization_id) as house:
        await house.receive(twice, workers=2)
        async with engine.begin() as connection:
            for timeline in told:
                await say(connection, organization_id, timeline, {})
            await add_team(connection, organization_id, "everybody", "Everybody", "test")
            for provider, number in timelines_of:
                path = f"parcelway/{provider}-{number}"
                await add_repository_to_team(connection, organization_id, "everybody", provider, path, "test")
        for first, last in ((0, 69), (1, 8), (3, 30)):
            start, end = FIRST_DAY + timedelta(days=first), FIRST_DAY + timedelta(days=last)
            question = {"from": start.date().isoformat(), "to": end.date().isoformat()}
            found = await house.ask("teams/everybody/metrics", **question)
            assert not differences(report(counts, start, end), found)
    async with engine.connect() as connection:
        weeks = (await connection.execute(WEEKS)).one()
    everything = report(counts, FIRST_DAY, END)
    assert weeks.deployments == everything["deployment_frequency"]["deployments"]
    assert weeks.failed == everything["change_failure_rate"]["failed"]
