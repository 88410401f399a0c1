"""Pull requests (merge requests), and the stages of those that were merged."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.evidence import Evidence, Items
from reports.report import Durations, PullRequests, Stages, Window
from reports.sources import (
    SHARED,
    WINDOWS,
    AnySelect,
    Sources,
    after_window,
    elapsed_seconds,
    in_repositories,
    in_touched,
    in_window,
    is_shared,
    of_shared_services,
    per_window,
    percentiles,
    word,
)
from storage.models.changes import ShippedChange
from storage.models.pull_requests import PullRequest
from storage.models.repositories import Repository

DEFINITION = (
    "Pull requests that were opened, merged or closed unmerged in the window, and those open at its end. Cycle time: "
    "first commit to merge, of those merged in the window. It has three stages: coding (first commit to ready for "
    "review), pickup (ready to first review by another person) and review (first review to merge); deploy follows, "
    "from the merge to production. The stages of one pull request add up; medians of stages do not. The pull requests "
    "of bots are counted, but have no stages. Of a service they are those that changed its files, or whose files are "
    "not known."
)
SOURCE = "https://dora.dev/guides/dora-metrics/"
STAGES = ("coding", "pickup", "review", "deploy")

KEY = sa.cast(PullRequest.pr_number, sa.Text())
IN_REPOSITORIES = in_repositories(PullRequest.repository_id)
IN_SCOPE = sa.and_(IN_REPOSITORIES, in_touched(PullRequest.repository_id, "pull_request", KEY))
MERGED_IN_REPOSITORIES = sa.and_(IN_REPOSITORIES, PullRequest.state == word("merged"), in_window(PullRequest.merged_at))
MERGED = sa.and_(IN_SCOPE, PullRequest.state == word("merged"), in_window(PullRequest.merged_at))
HAS_STAGES = sa.and_(PullRequest.is_change, sa.not_(PullRequest.is_bot))

_SHIPPED_WITH_SERVICES = (
    sa.select(sa.case((ShippedChange.left_out.is_distinct_from("negative"), ShippedChange.shipped_at)))
    .select_from(sa.join(SHARED, ShippedChange, of_shared_services(ShippedChange.repository_id, ShippedChange.service)))
    .where(
        ShippedChange.repository_id == PullRequest.repository_id,
        ShippedChange.kind == "pull_request",
        ShippedChange.key == KEY,
    )
    .order_by(ShippedChange.shipped_at, ShippedChange.service)
    .limit(1)
    .correlate(PullRequest)
    .scalar_subquery()
)
SHIPPED_AT = sa.case((is_shared(PullRequest.repository_id), _SHIPPED_WITH_SERVICES), else_=PullRequest.shipped_at)

_DURATIONS = {
    "cycle_time": elapsed_seconds(PullRequest.merged_at, PullRequest.first_commit_at),
    "coding": elapsed_seconds(PullRequest.ready_at, PullRequest.first_commit_at),
    "pickup": elapsed_seconds(
        sa.func.coalesce(PullRequest.first_review_at, PullRequest.merged_at), PullRequest.ready_at
    ),
    "review": elapsed_seconds(PullRequest.merged_at, PullRequest.first_review_at),
    "deploy": elapsed_seconds(SHIPPED_AT, PullRequest.merged_at),
}


def counted_in(in_scope: sa.ColumnElement[bool]) -> AnySelect:
    merged_ones = (
        sa.select(
            PullRequest.lines_added,
            PullRequest.lines_deleted,
            PullRequest.review_comments,
            *(sa.case((HAS_STAGES, seconds)).label(name) for name, seconds in _DURATIONS.items()),
        )
        .where(in_scope, PullRequest.state == word("merged"), in_window(PullRequest.merged_at))
        # Else each duration is computed twice: for its percentiles, and to be counted.
        .offset(0)
        .correlate(WINDOWS)
        .subquery("merged_ones")
    )

    return per_window(
        sa.select(sa.func.count().label("opened")).where(in_scope, in_window(PullRequest.time)),
        sa.select(
            sa.func.count().label("merged"),
            sa.func.sum(merged_ones.c.lines_added).label("lines_added"),
            sa.func.sum(merged_ones.c.lines_deleted).label("lines_deleted"),
            sa.func.coalesce(sa.func.sum(merged_ones.c.review_comments), 0).label("review_comments"),
            *(percentiles(merged_ones.c[name]).label(name) for name in _DURATIONS),
            *(sa.func.count(merged_ones.c[name]).label(f"n_{name}") for name in _DURATIONS),
        ),
        sa.select(sa.func.count().label("closed_unmerged")).where(
            in_scope, PullRequest.state == word("closed"), in_window(PullRequest.closed_at)
        ),
        # Open at the end of the window: still open, or merged or closed since.
        sa.select(sa.func.count().label("still_open")).where(
            in_scope, PullRequest.state == word("open"), PullRequest.time < WINDOWS.c.end
        ),
        # Those of the few since, created before: the other way round would look at all that were ever created.
        sa.select(sa.func.count().filter(PullRequest.time < WINDOWS.c.end).label("merged_since")).where(
            in_scope, PullRequest.state == word("merged"), after_window(PullRequest.merged_at)
        ),
        sa.select(sa.func.count().filter(PullRequest.time < WINDOWS.c.end).label("closed_since")).where(
            in_scope, PullRequest.state == word("closed"), after_window(PullRequest.closed_at)
        ),
    )


# Whole repositories are answered from indexes alone, which do not have what services are told by.
SELECT, OF_SERVICES = counted_in(IN_REPOSITORIES), counted_in(IN_SCOPE)


def _tell(rows: Sequence[sa.Row[Any]]) -> list[Evidence]:
    return [
        Evidence(
            repository=row.path,
            subject=f"pull_request:{row.pr_number}",
            title=row.title or "",
            url=row.url,
            at=row.merged_at,
            counted_as="merged" if row.has_stages else "merged: by a bot" if row.is_bot else "merged: no own commit",
            seconds=row.cycle_time,
            parts=tuple((stage, row._mapping[stage]) for stage in STAGES if row._mapping[stage] is not None),
        )
        for row in rows
    ]


ITEMS = Items(
    sa.select(
        Repository.path,
        PullRequest.pr_number,
        PullRequest.title,
        PullRequest.url,
        PullRequest.merged_at,
        HAS_STAGES.label("has_stages"),
        PullRequest.is_bot,
        *(sa.case((HAS_STAGES, seconds)).label(name) for name, seconds in _DURATIONS.items()),
    )
    .select_from(PullRequest)
    .join(Repository, Repository.id == PullRequest.repository_id)
    .where(MERGED),
    place=(PullRequest.merged_at, PullRequest.repository_id, PullRequest.pr_number),
    order=(sa.desc("cycle_time").nulls_last(), PullRequest.repository_id, PullRequest.pr_number),
    tell=_tell,
)


def _durations(row: Any, name: str) -> Durations:
    p50, p90 = row._mapping[name] or (None, None)
    return Durations(p50_seconds=p50, p90_seconds=p90, n=row._mapping[f"n_{name}"])


def summarize(row: Any) -> PullRequests:
    return PullRequests(
        opened=row.opened,
        merged=row.merged,
        closed_unmerged=row.closed_unmerged,
        open=row.still_open + row.merged_since + row.closed_since,
        lines_added=row.lines_added,
        lines_deleted=row.lines_deleted,
        review_comments=row.review_comments,
        cycle_time=_durations(row, "cycle_time"),
        stages=Stages(**{stage: _durations(row, stage) for stage in STAGES}),
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[PullRequests]:
    select = OF_SERVICES if sources.services else SELECT
    return [summarize(row) for row in await connection.execute(select, sources.parameters(windows))]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The pull requests merged in the window, longest cycle time first, those without stages last."""
    return await ITEMS.read(connection, sources, window, limit)
