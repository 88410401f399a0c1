"""Linking as the worker uses it: stored facts in, differences out."""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.demo.company import Delivery
from handlers.reading import read_delivery
from storage.facts import write_records
from storage.linking import portions, relink
from tests.stories.timeline import begin

LINES: list[dict[str, Any]] = [
    {"at": "d1 09:00", "push": "main", "commits": ["a1"]},
    {"at": "d1 10:00", "deploy": 1, "of": "main"},
    {"at": "d9 09:00", "push": "main", "commits": ["a2"]},
    {"at": "d9 10:00", "deploy": 2, "of": "main", "says": "failed"},
]


async def write(connection: AsyncConnection, organization_id: UUID, deliveries: Iterable[Delivery]) -> set[UUID]:
    records = [
        record
        for delivery in deliveries
        for record in read_delivery(delivery.provider, delivery.event, delivery.body, delivery.at)
    ]
    return (await write_records(connection, organization_id, records)).repositories


async def rows(connection: AsyncConnection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in (await connection.execute(text(statement))).all()]


async def test_it_tells_the_weeks_whose_deployments_changed_and_then_nothing(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    timeline = begin("github")
    async with engine.begin() as connection:
        deliveries = [delivery for line in LINES for delivery in timeline.tell(line)]
        [repository] = await write(connection, organization_id, deliveries)
        assert await relink(connection, [repository]) == {
            (repository, date(2026, 3, 2)),
            (repository, date(2026, 3, 9)),
        }
        assert await relink(connection, [repository]) == set()


async def test_what_is_linked_already_is_not_written_again(engine: AsyncEngine, organization_id: UUID) -> None:
    timeline = begin("github")
    tables = ("changes", "shipped_changes", "deployment_evidence", "link_notes", "deployments", "pull_requests")
    async with engine.begin() as connection:
        deliveries = [delivery for line in LINES for delivery in timeline.tell(line)]
        await relink(connection, await write(connection, organization_id, deliveries))
    async with engine.begin() as connection:
        before = {table: await rows(connection, f"SELECT xmin::text, * FROM {table}") for table in tables}
        await relink(connection, [row[0] for row in await rows(connection, "SELECT id FROM repositories")])
        assert before == {table: await rows(connection, f"SELECT xmin::text, * FROM {table}") for table in tables}


async def test_links_that_no_longer_hold_are_removed(engine: AsyncEngine, organization_id: UUID) -> None:
    """Two direct commits turn out to be a pull request when its event comes."""
    timeline = begin("github")
    timeline.tell(LINES[0])
    late = [
        *timeline.tell({"at": "d1 10:00", "push": "feature", "onto": "main", "commits": ["f1", "f2"]}),
        *timeline.tell({"at": "d1 11:00", "open": 12, "head": "feature"}),
    ]
    push, event = timeline.tell({"at": "d1 12:00", "merge": 12})
    deployed = timeline.tell({"at": "d1 13:00", "deploy": 1, "of": "main"})
    async with engine.begin() as connection:
        await relink(connection, await write(connection, organization_id, [push, *deployed]))
        shipped = await rows(connection, "SELECT kind FROM shipped_changes")
        assert shipped == [("commit",), ("commit",)]
        await relink(connection, await write(connection, organization_id, [*late, event]))
        assert await rows(connection, "SELECT kind, key FROM shipped_changes") == [("pull_request", "12")]
        assert await rows(connection, "SELECT kind, key FROM changes") == [("pull_request", "12")]


async def test_each_repository_is_linked_by_itself(engine: AsyncEngine, organization_id: UUID) -> None:
    one, other = begin("github", 1), begin("github", 2)
    async with engine.begin() as connection:
        deliveries = [delivery for line in LINES for timeline in (one, other) for delivery in timeline.tell(line)]
        repositories = await write(connection, organization_id, deliveries)
        await relink(connection, repositories)
        shipped = await rows(connection, "SELECT DISTINCT repository_id FROM shipped_changes")
        assert {row[0] for row in shipped} == repositories


def test_small_repositories_are_linked_together_and_a_large_one_by_itself() -> None:
    """Whatever their number, no more rows are in memory at once than of the largest, or of a full portion."""
    small = [(UUID(int=place), 10) for place in range(500)]
    large = [(UUID(int=1000 + place), 70_000) for place in range(2)]
    found = list(portions([*small, *large], 3000))
    assert [len(portion) for portion in found] == [300, 200, 1, 1]
    assert [one for portion in found for one in portion] == [one for one, _ in (*small, *large)]


async def test_a_compare_is_asked_for_once_and_its_answer_tells_what_pushes_did_not(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """A push between two deployments was lost; the compare of their SHAs has its commits."""
    asked = "SELECT kind, subject FROM enrichment_requests WHERE kind = 'compare'"
    timeline = begin("github")
    timeline.tell(LINES[0])
    lines: list[dict[str, Any]] = [
        {"at": "d1 10:00", "deploy": 1, "of": "main"},
        {"at": "d1 11:00", "push": "main", "commits": ["a2"]},
        {"at": "d1 12:00", "push": "main", "commits": ["a3"], "told": False},
        {"at": "d1 13:00", "deploy": 2, "of": "main"},
    ]
    deliveries = [delivery for line in lines for delivery in timeline.tell(line)]
    find = timeline.git.find
    async with engine.begin() as connection:
        [repository] = await write(connection, organization_id, deliveries)
        await relink(connection, [repository])
        assert await rows(connection, "SELECT key FROM shipped_changes") == []
        question = ("compare", f"{find('a1')}...{find('a3')}")
        assert await rows(connection, asked) == [question]
        await relink(connection, [repository])
        answer = {"status": "ahead", "commits": [{"sha": find("a2")}, {"sha": find("a3")}]}
        await connection.execute(
            text("UPDATE enrichment_requests SET answer = :answer WHERE kind = 'compare'"),
            {"answer": json.dumps(answer)},
        )
        await relink(connection, [repository])
        shipped = await rows(connection, "SELECT key, deployment_key FROM shipped_changes")
        assert shipped == [(find("a2"), "deployment:2")]
        assert await rows(connection, asked) == [question]


async def test_nothing_to_link_is_no_error(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        assert await relink(connection, []) == set()
        assert await relink(connection, [UUID(int=5)]) == set()
