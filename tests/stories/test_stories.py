"""Stories: what happened in a repository, and the links and numbers that must come of it. See README.md here."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.facts import write_records
from storage.linking import relink
from storage.records import Record
from tests.stories.checks import Read, normal
from tests.stories.timeline import Timeline, moment

STORIES = [
    story
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for story in yaml.safe_load(path.read_text(encoding="utf-8"))
]
CASES = [
    pytest.param(story, provider, id=f"{story['story']} ({provider})")
    for story in STORIES
    for provider in ("github", "gitlab")
    if story.get("only", provider) == provider
]

# Of these a story tells those that it is about; of all others everything.
ABOUT = ("outcomes", "first_commits", "lead_times", "stages", "review_comments")


def tell(story: dict[str, Any], provider: str, repository: str) -> tuple[Timeline, list[Record]]:
    """The story's records, in order."""
    made = story.get("made")
    timeline = Timeline(provider, repository, story.get("default_branch", "main"), moment(made) if made else None)
    return timeline, [record for line in story["timeline"] for record in timeline.tell(line)]


def shuffle(records: list[Record], seed: str) -> list[list[Record]]:
    """All records in any order, in three batches."""
    everything = list(records)
    random.Random(seed).shuffle(everything)
    size = len(everything) // 3 + 1
    return [everything[start : start + size] for start in range(0, len(everything), size)]


async def store(
    connection: AsyncConnection, organization_id: UUID, timeline: Timeline, batches: Sequence[Sequence[Record]]
) -> UUID:
    """Write the batches, linking after each as the worker does; marks last."""
    for batch in batches:
        touched = await write_records(connection, organization_id, batch)
        await relink(connection, touched.repositories)
    found = await connection.execute(
        text("SELECT id FROM repositories WHERE provider_id = :id"), {"id": timeline.key.provider_id}
    )
    repository_id: UUID = found.scalar_one()
    for key, at, mark, by in timeline.marks:
        await connection.execute(
            text("INSERT INTO deployment_marks VALUES (:id, :key, :at, :mark, :by)"),
            {"id": repository_id, "key": key, "at": at, "mark": mark, "by": by},
        )
    if timeline.marks:
        await relink(connection, {repository_id})
    return repository_id


async def compare(read: Read, expected: dict[str, Any], order: str) -> None:
    for what, wanted in expected.items():
        found = await getattr(read, what)()
        if isinstance(wanted, dict) and what in ABOUT:
            found = {key: found.get(key) for key in wanted}
        assert found == normal(wanted), f"{what} ({order})"


@pytest.mark.parametrize(("story", "provider"), CASES)
async def test_a_story_ends_as_told(
    story: dict[str, Any], provider: str, engine: AsyncEngine, organization_id: UUID
) -> None:
    """In one batch as it happened, and the same with its records shuffled and cut into batches anywhere."""
    async with engine.begin() as connection:
        timeline, records = tell(story, provider, "77")
        repository_id = await store(connection, organization_id, timeline, [records])
        await compare(Read(connection, repository_id, timeline), story["expect"], "in order")
        timeline, records = tell(story, provider, "78")
        batches = shuffle(records, story["story"] + provider)
        repository_id = await store(connection, organization_id, timeline, batches)
        await compare(Read(connection, repository_id, timeline), story["expect"], "shuffled")
