"""Changing rows of repositories while deliveries go on: found without a lock, then one repository is held for as many
rows as take a moment."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.facts.locks import lock_new_things
from storage.linking import lock_repositories

AT_ONCE = 1000


class Table(NamedTuple):
    """`key`: what tells a row apart within its repository, with types."""

    name: str
    key: Mapping[str, str]

    @property
    def same(self) -> str:
        """Whether a row is the one of `news`."""
        repository = "t.repository_id IS NOT DISTINCT FROM $1"
        return " AND ".join([repository, *(f"t.{name} = news.{name}" for name in self.key)])


COMMITS = Table("commits", {"time": "timestamptz", "commit_sha": "text"})
PULL_REQUESTS = Table("pull_requests", {"time": "timestamptz", "pr_number": "int"})
DEPLOYMENTS = Table("deployments", {"time": "timestamptz", "provider_key": "text"})
REVIEWS = Table("reviews", {"pr_number": "int", "provider_key": "text"})
CARRIED_COMMITS = Table("carried_commits", {"commit_sha": "text"})
CHANGES = Table("changes", {"kind": "text", "key": "text"})
INCIDENTS = Table("incidents", {"id": "uuid"})
MARKS = Table("deployment_marks", {"provider_key": "text", "at": "timestamptz", "mark": "text"})
EVIDENCE = Table("deployment_evidence", {"provider_key": "text", "kind": "text", "source": "text"})


async def change_rows(
    engine: AsyncEngine, table: Table, column: str, found: Sequence[tuple[UUID | None, tuple[Any, ...], str, str]]
) -> int:
    """`found`: repository, key, the value of `column`, and what it becomes if it is still that. Returns how many were
    changed."""
    types = [*table.key.values(), "text", "text"]
    names = ", ".join([*table.key, "old_value", "new_value"])
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 2))
    statement = (
        f"UPDATE {table.name} AS t SET {column} = new_value FROM unnest({arrays}) AS news ({names}) "  # noqa: S608 (constants)
        f"WHERE {table.same} AND t.{column} = old_value"
    )
    changed = 0
    ordered = sorted(found, key=lambda row: str(row[0]))
    for repository_id, rows in groupby(ordered, key=lambda row: row[0]):
        every = [(*key, old, new) for _, key, old, new in rows]
        for first in range(0, len(every), AT_ONCE):
            columns = map(list, zip(*every[first : first + AT_ONCE], strict=True))
            async with engine.begin() as connection:
                await _hold(connection, repository_id)
                changed += (await connection.exec_driver_sql(statement, (repository_id, *columns))).rowcount
    return changed


async def _hold(connection: AsyncConnection, repository_id: UUID | None) -> None:
    """None: what other tools told is of no repository."""
    if repository_id is None:
        await lock_new_things(connection)
    else:
        await lock_repositories(connection, [repository_id])
