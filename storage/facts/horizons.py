"""Facts that come after retention has dropped their time: what is frozen is not touched by them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import fetch
from storage.records import RepositoryKey

Told = TypeVar("Told", records.Push, records.PullRequest, records.DeploymentStatus)
FINAL = ("success", "failed", "canceled")


@dataclass(frozen=True)
class Horizons:
    """Of the repositories that have one: before it everything stands."""

    of: Mapping[RepositoryKey, datetime]

    def later(self, told: list[Told]) -> list[Told]:
        """Without what was over before its repository's horizon."""
        if not self.of:
            return told
        return [one for one in told if not self._is_before(one.repository, over_at(one))]

    def _is_before(self, repository: RepositoryKey, moment: datetime | None) -> bool:
        horizon = self.of.get(repository)
        return horizon is not None and moment is not None and moment < horizon


def over_at(told: records.Push | records.PullRequest | records.DeploymentStatus) -> datetime | None:
    """When it ended; None: it goes on."""
    if isinstance(told, records.Push):
        return told.time
    if isinstance(told, records.PullRequest):
        return told.merged_at or told.closed_at if told.state != "open" else None
    return told.status_at if told.status in FINAL else None


async def read_horizons(connection: AsyncConnection, repositories: Mapping[RepositoryKey, UUID]) -> Horizons:
    rows = await fetch(
        connection,
        "SELECT id, frozen_before FROM repositories WHERE id = ANY($1::uuid[]) AND frozen_before IS NOT NULL",
        list(set(repositories.values())),
    )
    moments = dict(rows)
    return Horizons({key: moments[one] for key, one in repositories.items() if one in moments})


async def carry_old_commits(
    connection: AsyncConnection,
    commits: Iterable[records.Commit],
    repositories: Mapping[RepositoryKey, UUID],
    horizons: Horizons,
) -> None:
    """A commit that was written long before it is pushed would go with the next chunk: what is open needs it still."""
    if not horizons.of:
        return
    old = {
        (repositories[commit.repository], commit.sha)
        for commit in commits
        if (horizon := horizons.of.get(commit.repository)) is not None and commit.time < horizon
    }
    if old:
        await carry(connection, old)


async def carry(connection: AsyncConnection, commits: Collection[tuple[UUID, str]]) -> None:
    """Keep these (repository, SHA) beside the chunks of `commits`, as far as they are still there and belong to nothing
    frozen."""
    ids, shas = zip(*commits, strict=True)
    await connection.exec_driver_sql(
        "INSERT INTO carried_commits AS c (repository_id, commit_sha, time, message, on_default_branch, is_merge, "
        "is_bot, paths) SELECT t.repository_id, t.commit_sha, t.time, t.message, t.on_default_branch, t.is_merge, "
        "t.is_bot, t.paths FROM unnest($1::uuid[], $2::text[]) AS wanted (repository_id, commit_sha) "
        "JOIN commit_keys k USING (repository_id, commit_sha) JOIN commits t ON t.repository_id = k.repository_id "
        "AND t.commit_sha = k.commit_sha AND t.time = k.time WHERE NOT k.settled "
        "ON CONFLICT (repository_id, commit_sha) DO UPDATE SET time = excluded.time, message = excluded.message, "
        "on_default_branch = excluded.on_default_branch, is_merge = excluded.is_merge, is_bot = excluded.is_bot, "
        "paths = excluded.paths",
        (list(ids), list(shas)),
    )
