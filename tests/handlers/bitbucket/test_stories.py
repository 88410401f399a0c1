"""The stories of tests/stories, told by Bitbucket: the numbers are those of GitHub, wherever it tells enough."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, cast
from uuid import UUID

import yaml
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from bot.demo.company.people import Repository
from handlers.process import Worker
from tests.handlers.queue import store
from tests.stories.flood import open_house
from tests.stories.moments import moment
from tests.stories.numbers import differences, expected_report, said
from tests.stories.telling_bitbucket import Bitbucket, Untold
from tests.stories.telling_github import GitHub
from tests.stories.test_stories import FILES, WHOLE
from tests.stories.timeline import LONG_AGO, Timeline

STORIES: list[dict[str, Any]] = [story for file in ("shipping", "stages") for story in yaml.safe_load(FILES[file])]
# Where the numbers differ, and why.
DIFFERENT = {
    "Without pushes the order of merges stands in, marked as an estimate": "merge SHAs are cut, pushes complete them",
    "Deleted comments count nowhere, but the review that they came with was one": "a comment comes with no review",
}


def tell() -> Iterator[tuple[dict[str, Any], Timeline, list[Delivery]]]:
    for number, story in enumerate(STORIES, 1):
        if story.get("only", "github") != "github" or story["story"] in DIFFERENT:
            continue
        made = moment(story["made"]) if "made" in story else LONG_AGO
        branch = story.get("default_branch", "main")
        of = Repository("bitbucket", f"acme/api-{number}", number, "", "", "", 0.0, 0, "Go", branch, made)
        timeline = Timeline(cast(GitHub, Bitbucket()), of)
        try:
            deliveries = list(chain.from_iterable(timeline.tell(line) for line in story["timeline"]))
        except Untold:
            continue
        if not timeline.marks:
            yield story, timeline, deliveries


async def test_a_story_told_by_bitbucket_gives_the_same_numbers(engine: AsyncEngine, organization_id: UUID) -> None:
    told = list(tell())
    for _, _, deliveries in told:
        bodies = [(delivery.event, delivery.body) for delivery in deliveries]
        await store(engine, organization_id, *bodies, provider="bitbucket")
    worker = Worker(engine)
    while await worker.work():
        pass
    wrong = []
    async with open_house(engine, organization_id) as house:
        for story, timeline, _ in told:
            report = said(await house.ask(f"repositories/bitbucket/{timeline.of.path}/metrics", **WHOLE))
            expect = {**story["expect"], **story.get("github", {}).get("expect", {})}
            wrong += [f"{story['story']}: {one}" for one in differences(expected_report(expect, timeline), report)]
    assert not wrong, "\n".join(wrong)
    # The others need drafts, incidents, long pushes or something else that it does not tell.
    assert len(told) > 45
