"""Stories: what happened in a repository, and the links and numbers that must come of it. See README.md here."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.demo.company import Delivery
from bot.demo.company.people import GITLAB_HOST
from storage import records
from storage.facts import write_records
from storage.linking import relink
from tests.stories.checks import Read, normal
from tests.stories.flood import House, open_house
from tests.stories.numbers import differences, expected_report, said
from tests.stories.timeline import Timeline, begin

FILES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.yaml"))}
HOSTS = {"github": "github.com", "gitlab": GITLAB_HOST}
# From the day before every story until all of them are over.
WHOLE = {"from": "2026-03-01", "to": "2026-05-10"}

# Of these a story tells those that it is about; of all others everything.
ABOUT = ("outcomes", "first_commits", "lead_times", "stages", "review_comments")


@dataclass
class Told:
    """A story as it was told, and what it expects of this provider."""

    name: str
    timeline: Timeline
    deliveries: list[Delivery]
    expect: dict[str, Any]
    reports: list[dict[str, Any]]


def tell(stories: list[dict[str, Any]], provider: str, order: str, first_id: int) -> Iterator[Told]:
    for number, story in enumerate(stories):
        if story.get("only", provider) != provider:
            continue
        world = {name: story[name] for name in ("default_branch", "made") if name in story}
        timeline = begin(provider, first_id + 10 * number, f"parcelway/{order}-{number}", **world)
        deliveries = [delivery for line in story["timeline"] for delivery in timeline.tell(line)]
        special = story.get(provider, {})
        yield Told(
            f"{story['story']} ({order})",
            timeline,
            deliveries,
            {**story["expect"], **special.get("expect", {})},
            story.get("reports", []),
        )


async def write_what_no_webhook_tells(
    connection: AsyncConnection, organization_id: UUID, timeline: Timeline, repository_id: UUID
) -> None:
    """Marks of people, and incidents that name what they are about."""
    of = timeline.of
    key = records.RepositoryKey(
        of.provider, "github.com" if of.provider == "github" else "gitlab.parcelway.example", str(of.id)
    )
    for one in timeline.named_incidents:
        incident = records.Incident(
            repository=key,
            provider="generic",
            provider_key=f"incident:{one.number}",
            title="Checkout is down",
            url=None,
            labels=(),
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            seen_at=one.closed_at,
            is_incident=True,
            deployment_key=f"deployment:{one.deployment}" if one.deployment else None,
            sha=one.sha,
        )
        await write_records(connection, organization_id, [incident])
    for mark in timeline.marks:
        await connection.execute(
            text("INSERT INTO deployment_marks VALUES (:id, :key, :at, :mark, :by)"),
            {
                "id": repository_id,
                "key": f"deployment:{mark.deployment}",
                "at": mark.at,
                "mark": mark.says,
                "by": mark.by,
            },
        )
    if timeline.marks or timeline.named_incidents:
        await relink(connection, {repository_id})


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
    of = told.timeline.of
    async with engine.begin() as connection:
        found = await connection.execute(
            text("SELECT id FROM repositories WHERE provider = :provider AND provider_id = :id"),
            {"provider": of.provider, "id": str(of.id)},
        )
        repository_id: UUID = found.scalar_one()
        await write_what_no_webhook_tells(connection, organization_id, told.timeline, repository_id)
    async with engine.connect() as connection:
        wrong = await compare(Read(connection, repository_id, told.timeline), told.expect)
    report = said(await house.ask(f"repositories/{of.provider}/{of.path}/metrics", **WHOLE))
    wrong += differences(expected_report(told.expect, told.timeline), report)
    return [f"{told.name}: {line}" for line in wrong]


@pytest.mark.parametrize("provider", ["github", "gitlab"])
@pytest.mark.parametrize("file", FILES)
async def test_stories_end_as_told(file: str, provider: str, engine: AsyncEngine, organization_id: UUID) -> None:
    """All stories of a file in one flood of webhooks, asked one by one: as it happened, and in any order."""
    stories = yaml.safe_load(FILES[file])
    in_order = list(tell(stories, provider, "in-order", 100_000))
    shuffled = list(tell(stories, provider, "shuffled", 200_000))
    chaos = [delivery for told in shuffled for delivery in told.deliveries]
    random.Random(file).shuffle(chaos)
    async with open_house(engine, organization_id) as house:
        await house.receive([delivery for told in in_order for delivery in told.deliveries])
        await house.receive(chaos, workers=2)
        wrong = [line for told in (*in_order, *shuffled) for line in await check(house, engine, organization_id, told)]
    assert not wrong, "\n".join(wrong)
