"""Commits on the default branch."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.evidence import Evidence, Items
from reports.old_commits import add_old, find_horizon, since
from reports.report import Commits, Window
from reports.sources import AnySelect, Sources, in_repositories, in_touched, in_window, per_window
from storage.models.history import Commit
from storage.models.repositories import Repository

DEFINITION = (
    "Commits on the default branch, at the time they were written (until that is known, at the time of their push). "
    "Merge commits count and add no lines. Lines are of the commits whose line counts are known; how many are not is "
    "said beside them. Of a service they are those that changed its files, or whose files are not known."
)
SOURCE = "https://git-scm.com/docs/git-log#_commit_formatting"

IN_REPOSITORIES = sa.and_(in_repositories(Commit.repository_id), Commit.on_default_branch, in_window(Commit.time))
COUNTED = sa.and_(IN_REPOSITORIES, in_touched(Commit.repository_id, "commit", Commit.commit_sha))
HAS_LINES = sa.not_(Commit.is_merge)


def counted_in(in_scope: sa.ColumnElement[bool]) -> AnySelect:
    return per_window(
        sa.select(
            sa.func.count().label("commits"),
            sa.func.sum(Commit.lines_added).filter(HAS_LINES).label("lines_added"),
            sa.func.sum(Commit.lines_deleted).filter(HAS_LINES).label("lines_deleted"),
            sa.func.count().filter(HAS_LINES, Commit.lines_added.is_(None)).label("lines_unknown"),
        ).where(in_scope)
    )


# Whole repositories are answered from an index alone, which does not have what services are told by.
SELECT, OF_SERVICES = counted_in(IN_REPOSITORIES), counted_in(COUNTED)


def _tell(rows: Sequence[sa.Row[Any]]) -> list[Evidence]:
    return [
        Evidence(
            repository=row.path,
            subject=f"commit:{row.commit_sha}",
            title=row.title or "",
            url=row.commits_url and row.commits_url + row.commit_sha,
            at=row.time,
            counted_as=row.counted_as,
        )
        for row in rows
    ]


ITEMS = Items(
    sa.select(
        Repository.path,
        Repository.commits_url,
        Commit.commit_sha,
        Commit.time,
        sa.func.split_part(Commit.message, "\n", 1).label("title"),
        sa.case((Commit.is_merge, "merge"), else_="commit").label("counted_as"),
    )
    .select_from(Commit)
    .join(Repository, Repository.id == Commit.repository_id)
    .where(COUNTED),
    place=(Commit.time, Commit.repository_id, Commit.commit_sha),
    order=(Commit.time.desc(), Commit.repository_id, Commit.commit_sha),
    tell=_tell,
)


def summarize(row: Any) -> Commits:
    return Commits(
        count=row.commits,
        lines_added=row.lines_added,
        lines_deleted=row.lines_deleted,
        lines_unknown=row.lines_unknown,
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[Commits]:
    horizon = await find_horizon(connection, sources)
    kept = windows if horizon is None else [since(window, horizon) for window in windows]
    select = OF_SERVICES if sources.services else SELECT
    counted = [summarize(row) for row in await connection.execute(select, sources.parameters(kept))]
    if horizon is None:
        return counted
    both = zip(windows, counted, strict=True)
    return [await add_old(connection, sources, window, horizon, commits) for window, commits in both]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The commits, newest first."""
    return await ITEMS.read(connection, sources, window, limit)
