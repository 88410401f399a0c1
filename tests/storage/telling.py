"""A history of some months, told as the worker tells it, and what was counted of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import records
from storage.aggregates import AGGREGATES, refresh
from storage.facts import write_records
from storage.linking import relink
from storage.records import Record

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
# When all of the story is older than raw events are kept.
LATER = datetime(2026, 11, 10, tzinfo=UTC)
WEEKS = 20


def repository(name: str) -> records.Repository:
    key = records.RepositoryKey("github", "github.com", name)
    return records.Repository(key, f"acme/{name}", None, "main", START)


def pushed(key: records.RepositoryKey, day: datetime, before: str, shas: list[str]) -> list[Record]:
    commits: list[Record] = [
        records.Commit(key, sha, day, "api", None, "Work", True, False, False, lines_added=3, lines_deleted=1)
        for sha in shas
    ]
    push = records.Push(key, "refs/heads/main", before, shas[-1], False, True, day, tuple(shas), len(shas))
    return [*commits, push]


def deployed(key: records.RepositoryKey, number: int, at: datetime, sha: str, says: str) -> list[Record]:
    name = f"deployment:{number}"
    done = at + timedelta(minutes=5)
    return [records.DeploymentStatus(key, name, "production", None, says, done, at, sha, "main", None, None)]


def story(name: str, weeks: int = WEEKS) -> list[Record]:
    """Each week a push that fails to deploy or not, and then is deployed."""
    key, before = repository(name).key, ""
    told: list[Record] = [repository(name)]
    for week in range(weeks):
        day = START + timedelta(days=7 * week)
        shas = [f"{week:039x}{part}" for part in "ab"]
        told += pushed(key, day, before, shas)
        before = shas[-1]
        says = "failed" if week % 3 == 1 else "success"
        told += deployed(key, week * 2, day + timedelta(hours=1), before, says)
        told += deployed(key, week * 2 + 1, day + timedelta(days=1), before, "success")
    return told


async def know_long(connection: AsyncConnection) -> None:
    """All repositories, as if they had been told of when it happened and not just now."""
    await connection.execute(sa.text("UPDATE repositories SET created_at = first_event_at"))


async def count(connection: AsyncConnection, organization_id: UUID, told: list[Record]) -> list[UUID]:
    """As the worker does it: facts, links, aggregates."""
    touched = await write_records(connection, organization_id, told)
    await know_long(connection)
    weeks = await relink(connection, touched.repositories)
    await refresh(connection, touched.commit_days, touched.deployment_weeks | weeks)
    return sorted(touched.repositories)


async def tell(engine: AsyncEngine, organization_id: UUID, told: list[Record]) -> UUID:
    async with engine.begin() as connection:
        [repository_id] = await count(connection, organization_id, told)
    return repository_id


async def aggregates(engine: AsyncEngine, repository_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    found = {}
    async with engine.connect() as connection:
        for name, aggregate in AGGREGATES.items():
            columns = ", ".join(aggregate.columns)
            query = f"SELECT {aggregate.bucket}::date, {columns} FROM {name} WHERE repository_id = :id ORDER BY 1"
            found[name] = [tuple(row) for row in await connection.execute(sa.text(query), {"id": repository_id})]
    return found


async def links(engine: AsyncEngine, repository_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """What reports read."""
    queries = {
        "changes": "SELECT kind, key, first_commit_at, merged_at, is_bot, unplanned_kind FROM changes",
        "shipped_changes": "SELECT service, kind, key, deployment_key, shipped_at FROM shipped_changes",
        "deployments": "SELECT provider_key, time, outcome, failed_at, recovered_at FROM deployments",
    }
    found = {}
    async with engine.connect() as connection:
        for name, query in queries.items():
            ordered = sa.text(f"{query} WHERE repository_id = :id ORDER BY 1, 2, 3")
            rows = await connection.execute(ordered, {"id": repository_id})
            found[name] = [tuple(row) for row in rows]
    return found
