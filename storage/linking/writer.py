"""Writing links: what is stored is read, and only what differs is written."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking.fetch import fetch
from storage.linking.history import History, Outcome, Stages
from storage.linking.rows import ChangeRow, EvidenceRow, Links, MergeRow, Note, ShippedRow, TouchedRow
from storage.linking.settings import MERGE
from storage.models.asking import EnrichmentRequest
from storage.models.changes import Change, LinkNote, ShippedChange, TouchedService
from storage.models.deployments import Deployment, DeploymentEvidence, DeploymentKey
from storage.models.pull_requests import PullRequest

# Of pull requests and commits whose files are no longer looked at.
NOT_STANDING = "AND at >= coalesce((SELECT frozen_before FROM repositories WHERE id = repository_id), '-infinity')"
DIALECT = asyncpg.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def _types(table: Any, names: Sequence[str]) -> list[str]:
    columns = table.__table__.c
    return [columns[name].type.compile(dialect=DIALECT) for name in names]


async def write_links(
    connection: AsyncConnection, histories: Sequence[History], links: Sequence[Links]
) -> set[tuple[UUID, date]]:
    """Replace all derived rows of these repositories. Returns (repository, Monday) of the deployments that changed."""
    await _replace(connection, Change, ChangeRow._fields, {link.repository_id: link.changes for link in links})
    await _replace(connection, ShippedChange, ShippedRow._fields, {link.repository_id: link.shipped for link in links})
    touched = {link.repository_id: link.touched for link in links}
    await _replace(connection, TouchedService, TouchedRow._fields, touched, NOT_STANDING)
    await _replace(
        connection, DeploymentEvidence, EvidenceRow._fields, {link.repository_id: link.evidence for link in links}
    )
    await _replace(connection, LinkNote, Note._fields, {link.repository_id: link.notes for link in links})
    stages: list[tuple[Any, ...]] = []
    outcomes: list[tuple[Any, ...]] = []
    weeks: set[tuple[UUID, date]] = set()
    for history, link in zip(histories, links, strict=True):
        repository_id = history.repository_id
        for number, pr in history.pull_requests.items():
            if link.stages[number] != pr.stored:
                stages.append((repository_id, pr.created_at, number, *link.stages[number]))
        for deployment in history.deployments:
            if deployment.source == MERGE:
                continue
            outcome = link.outcomes[deployment.key]
            if outcome != deployment.stored:
                outcomes.append((repository_id, deployment.time, deployment.key, *outcome))
                weeks.add((repository_id, _monday(deployment.time)))
    await _update(connection, PullRequest, "pr_number", Stages._fields, stages)
    await _update(connection, Deployment, "provider_key", Outcome._fields, outcomes)
    await _ask(connection, links)
    return weeks | await _write_merges(connection, histories, links)


async def _ask(connection: AsyncConnection, links: Sequence[Links]) -> None:
    """Each question is kept once; whoever asks providers finds it, and links again when it is answered."""
    rows = sorted((link.repository_id, *question) for link in links for question in link.questions)
    if rows:
        columns = ("repository_id", "kind", "subject")
        source = _unnest(_types(EnrichmentRequest, columns), "new")
        await _run(
            connection,
            f"INSERT INTO enrichment_requests ({', '.join(columns)}) SELECT * FROM {source} ON CONFLICT DO NOTHING",  # noqa: S608 (constants)
            rows,
            "new",
        )


async def _write_merges(
    connection: AsyncConnection, histories: Sequence[History], links: Sequence[Links]
) -> set[tuple[UUID, date]]:
    """Of the repositories whose merges are deployments, or were before."""
    wanted = {
        link.repository_id: link.merges
        for history, link in zip(histories, links, strict=True)
        if link.merges or any(deployment.source == MERGE for deployment in history.deployments)
    }
    if not wanted:
        return set()
    changed = await _replace(connection, Deployment, MergeRow._fields, wanted, "AND source = 'merge' AND NOT frozen")
    keys = {repository_id: {(row.provider_key, row.time) for row in rows} for repository_id, rows in wanted.items()}
    standing = (
        "AND provider_key LIKE 'merge:%' AND NOT EXISTS (SELECT FROM deployments AS one WHERE one.frozen"
        " AND (one.repository_id, one.provider_key) = (deployment_keys.repository_id, deployment_keys.provider_key))"
    )
    await _replace(connection, DeploymentKey, ("provider_key", "time"), keys, standing)
    return {(repository_id, _monday(time)) for time, repository_id, _ in changed}


def _monday(moment: datetime) -> date:
    day = moment.date()
    return day - timedelta(days=day.weekday())


async def _replace(
    connection: AsyncConnection,
    model: Any,
    names: Sequence[str],
    wanted: Mapping[UUID, Set[tuple[Any, ...]]],
    condition: str = "",
) -> set[tuple[Any, ...]]:
    """Make a table's rows of these repositories (on which the condition holds) equal to those that are wanted.

    Returns the primary keys of those that changed.
    """
    table: Table = model.__table__
    listed = ", ".join(names)
    statement = f"SELECT repository_id, {listed} FROM {table.name} WHERE repository_id = ANY($1) {condition}"  # noqa: S608 (names of our own tables)
    stored = await fetch(connection, statement, list(wanted))
    keys = [column.name for column in table.primary_key]
    key_of = itemgetter(*(0 if key == "repository_id" else names.index(key) + 1 for key in keys))
    gone: set[tuple[Any, ...]] = set()
    new: list[tuple[Any, ...]] = []
    for repository_id, rows in wanted.items():
        before = set(stored[repository_id])
        gone.update(key_of((repository_id, *row)) for row in before - rows)
        new += ((repository_id, *row) for row in rows - before)
    new.sort(key=key_of)
    gone.difference_update(map(key_of, new))
    if gone:
        source = _unnest(_types(model, keys), "gone")
        await _run(
            connection,
            f"DELETE FROM {table.name} USING {source} AS u({', '.join(keys)}) WHERE "  # noqa: S608 (names of our own tables)
            + " AND ".join(f"{table.name}.{key} = u.{key}" for key in keys),
            sorted(gone),
            "gone",
        )
    if new:
        columns = ["repository_id", *names]
        updates = [name for name in names if name not in keys]
        await _run(
            connection,
            f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM {_unnest(_types(model, columns), 'new')} "  # noqa: S608 (names of our own models)
            f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET "
            + ", ".join(f"{name} = excluded.{name}" for name in updates),
            new,
            "new",
        )
    return gone.union(map(key_of, new))


async def _update(
    connection: AsyncConnection, model: Any, key: str, names: Sequence[str], rows: list[tuple[Any, ...]]
) -> None:
    """Set these columns of rows found by repository, time and key (a hypertable is searched by its time)."""
    if not rows:
        return
    table: Table = model.__table__
    columns = ["repository_id", "time", key, *names]
    await _run(
        connection,
        f"UPDATE {table.name} SET {', '.join(f'{name} = u.{name}' for name in names)} "  # noqa: S608 (names of our own tables)
        f"FROM {_unnest(_types(model, columns), 'row')} AS u({', '.join(columns)}) "
        f"WHERE {table.name}.repository_id = u.repository_id AND {table.name}.time = u.time "
        f"AND {table.name}.{key} = u.{key}",
        sorted(rows, key=itemgetter(0, 1, 2)),
        "row",
    )


def _unnest(types: Sequence[str], prefix: str) -> str:
    return "unnest(" + ", ".join(f"CAST(:{prefix}{index} AS {name}[])" for index, name in enumerate(types)) + ")"


async def _run(connection: AsyncConnection, statement: str, rows: Iterable[Sequence[Any]], prefix: str) -> None:
    arrays = zip(*rows, strict=True)
    await connection.execute(text(statement), {f"{prefix}{index}": list(values) for index, values in enumerate(arrays)})
