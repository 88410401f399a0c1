"""Writing what happened to pull requests when, and the commits that the provider lists in them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import fetch
from storage.facts.history import LONGEST_SHA
from storage.facts.registers import least
from storage.facts.touched import Touched
from storage.facts.values import number, text
from storage.records import RepositoryKey


async def write_moments(
    connection: AsyncConnection,
    events: Iterable[records.PullRequestEvent],
    repositories: Mapping[RepositoryKey, UUID],
    touched: Touched,
) -> None:
    rows = {(repositories[event.repository], number(event.number), event.kind, event.at) for event in events}
    if rows:
        added = await fetch(
            connection,
            "INSERT INTO pull_request_events (repository_id, pr_number, kind, at) "
            "SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[]) "
            "ON CONFLICT DO NOTHING RETURNING repository_id",
            *map(list, zip(*rows, strict=True)),
        )
        touched.repositories.update(row[0] for row in added)


async def write_listed_commits(
    connection: AsyncConnection,
    commits: Iterable[records.PullRequestCommit],
    repositories: Mapping[RepositoryKey, UUID],
    touched: Touched,
) -> None:
    authored: dict[tuple[UUID, int, str], datetime | None] = {}
    for commit in commits:
        key = (repositories[commit.repository], number(commit.number), text(commit.sha, LONGEST_SHA))
        authored[key] = least(authored.get(key), commit.authored_at)
    if authored:
        columns = [*map(list, zip(*authored, strict=True)), list(authored.values())]
        added = await fetch(
            connection,
            "INSERT INTO pull_request_commits AS t (repository_id, pr_number, commit_sha, authored_at) "
            "SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[]) "
            "ON CONFLICT (repository_id, pr_number, commit_sha) DO UPDATE "
            "SET authored_at = least(t.authored_at, excluded.authored_at) "
            "WHERE t.authored_at IS DISTINCT FROM least(t.authored_at, excluded.authored_at) RETURNING repository_id",
            *columns,
        )
        touched.repositories.update(row[0] for row in added)
