"""Stories: what happened in a repository, and the links and numbers that must come of it. See README.md here."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from tests.stories.by_hand import give_to_team, say
from tests.stories.checks import Read, normal
from tests.stories.files import NAMES, stories_of
from tests.stories.flood import House, open_house
from tests.stories.numbers import differences, expected_report, said, spelled_out
from tests.stories.timeline import Timeline, begin

# From the day before every story until all of them are over.
WHOLE = {"from": "2026-03-01", "to": "2026-05-10"}

# Of these a story tells those that it is about; of all others everything.
ABOUT = ("outcomes", "first_commits", "lead_times", "stages", "review_comments")


@dataclass
class Told:
    """A story as it was told, and what it expects of this provider."""

    name: str
    # By the name that the story gives to each repository; "" is its own.
    timelines: dict[str, Timeline]
    deliveries: list[Delivery]
    expect: dict[str, Any]
    story: dict[str, Any]


def tell(stories: list[dict[str, Any]], provider: str, order: str, first_id: int) -> Iterator[Told]:
    for number, story in enumerate(stories):
        if story.get("only", provider) != provider:
            continue
        path = f"parcelway/{order}-{number}"
        world = {name: story[name] for name in ("default_branch", "made") if name in story}
        timelines = {"": begin(provider, first_id + 10 * number, path, **world)}
        for place, (name, facts) in enumerate(story.get("others", {}).items(), start=1):
            other = {"path": f"{path}-{name}", **(facts or {})}
            if other["path"] == "the same":
                other["path"] = path
            timelines[name] = begin(provider, first_id + 10 * number + place, **other)
        deliveries = [delivery for line in story["timeline"] for delivery in timelines[line.get("in", "")].tell(line)]
        if story.get("told") == "backwards":
            deliveries.reverse()
        special = story.get(provider, {})
        expect = {**story.get("expect", {}), **special.get("expect", {})}
        yield Told(f"{story['story']} ({order})", timelines, deliveries, expect, {**story, **special})


async def compare(read: Read, expected: dict[str, Any]) -> list[str]:
    found_wrong: list[str] = []
    for what, wanted in expected.items():
        found = await getattr(read, what)()
        if isinstance(wanted, dict) and what in ABOUT:
            found = {key: found.get(key) for key in wanted}
        if found != normal(wanted):
            found_wrong.append(f"{what}: {found}, not {normal(wanted)}")
    return found_wrong


async def check(house: House, engine: AsyncEngine, organization_id: UUID, told: Told) -> list[str]:
    async with engine.begin() as connection:
        ids = [
            await say(connection, organization_id, timeline, told.story.get("settings", {}) if name == "" else {})
            for name, timeline in told.timelines.items()
        ]
    timeline = told.timelines[""]
    if told.expect and "source" in told.story.get("settings", {}):
        # Only what is of the source that was chosen counts.
        timeline.finished = {number for number, outcome in told.expect["outcomes"].items() if outcome != "none"}
    async with engine.connect() as connection:
        wrong = await compare(Read(connection, ids[0], timeline), told.expect)
    if told.expect:
        report = said(await house.ask(f"repositories/{timeline.of.provider}/{timeline.of.path}/metrics", **WHOLE))
        wrong += differences(expected_report(told.expect, timeline), report)
    for report in told.story.get("reports", []):
        wrong += await ask_report(house, engine, organization_id, told, report)
    return [f"{told.name}: {line}" for line in wrong]


async def ask_report(
    house: House, engine: AsyncEngine, organization_id: UUID, told: Told, report: dict[str, Any]
) -> list[str]:
    """One of a story's own questions, to the API."""
    wanted = dict(report)
    of = told.timelines[wanted.pop("in", "")].of
    question = {name: str(value) for name, value in wanted.pop("ask", WHOLE).items()}
    zone, services = wanted.pop("of_a_team_in", None), wanted.pop("of_services", [])
    place = f"repositories/{of.provider}/{of.path}"
    if zone is not None:
        async with engine.begin() as connection:
            place = f"teams/{await give_to_team(connection, organization_id, of, zone, services)}"
    found = said(await house.ask(f"{place}/metrics", **question))
    return [f"asked {question}: {line}" for line in differences(spelled_out(wanted), found)]


@pytest.mark.parametrize("provider", ["github", "gitlab"])
@pytest.mark.parametrize("file", NAMES)
async def test_stories_end_as_told(file: str, provider: str, engine: AsyncEngine, organization_id: UUID) -> None:
    """All stories of a file in one flood of webhooks, asked one by one: as it happened, and in any order."""
    stories = stories_of(file)
    in_order = list(tell(stories, provider, "in-order", 100_000))
    shuffled = list(tell(stories, provider, "shuffled", 200_000))
    chaos = [delivery for told in shuffled for delivery in told.deliveries]
    random.Random(file).shuffle(chaos)
    async with open_house(engine, organization_id) as house:
        await house.receive([delivery for told in in_order for delivery in told.deliveries])
        await house.receive(chaos, workers=2)
        wrong = [line for told in (*in_order, *shuffled) for line in await check(house, engine, organization_id, told)]
    assert not wrong, "\n".join(wrong)
