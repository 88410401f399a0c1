"""The stories of tests/stories, told by Bitbucket: the numbers are those of GitHub, wherever it tells enough."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from bot.demo.company.people import Repository
from handlers.asking.writing import write_and_link
from handlers.process import Worker
from storage.records import Record, RepositoryKey
from storage.records import Repository as RepositoryRecord
from tests.handlers.queue import store
from tests.stories.files import NAMES, stories_of
from tests.stories.flood import open_house
from tests.stories.moments import moment
from tests.stories.numbers import differences, expected_report, said
from tests.stories.telling_bitbucket import Bitbucket, Untold, uuid
from tests.stories.telling_github import GitHub
from tests.stories.test_stories import WHOLE
from tests.stories.timeline import LONG_AGO, Timeline

# Of one repository, without what people say of it: told by nobody's webhooks.
STORIES = [story for story in stories_of(*NAMES) if "expect" in story and not {"others", "settings"} & story.keys()]
# Where the numbers differ, and why.
DIFFERENT = {
    "Without pushes the order of merges stands in, marked as an estimate": "merge SHAs are cut, pushes complete them",
    "A hotfix that names what it repairs marks it; one that names nothing is only unplanned": "there are no labels",
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
        if not timeline.marks and all(one.provider == "bitbucket" for one in deliveries):
            yield story, timeline, deliveries


async def introduce(
    engine: AsyncEngine, organization_id: UUID, told: Sequence[tuple[dict[str, Any], Timeline, list[Delivery]]]
) -> None:
    """As the API does, once a day: only from there it is known that the default branch is not called main."""
    known: list[Record] = []
    for story, timeline, _ in told:
        if "default_branch" in story and not any("default_branch" in line for line in story["timeline"]):
            key = RepositoryKey("bitbucket", "bitbucket.org", uuid(timeline.of.id).strip("{}"))
            known.append(RepositoryRecord(key, timeline.of.path, None, story["default_branch"], None))
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, known, link_now=True)
    assert known


async def test_a_story_told_by_bitbucket_gives_the_same_numbers(engine: AsyncEngine, organization_id: UUID) -> None:
    told = list(tell())
    for _, _, deliveries in told:
        bodies = [(delivery.event, delivery.body) for delivery in deliveries]
        await store(engine, organization_id, *bodies, provider="bitbucket")
    await introduce(engine, organization_id, told)
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
    assert len(told) > 100
