"""A team's week beside its digest: each repository, every recovery, and the changes that stand out."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.by_repository import count_by_repository, lead_times_by_repository
from reports.evidence import Evidence, fetch
from reports.metrics import lead_time, recovery_time
from reports.metrics.pull_requests import MERGED
from reports.report import Window
from reports.scope import TeamScope
from reports.sources import in_one_window
from reports.weeks import week_before
from storage.models.pull_requests import PullRequest
from storage.models.repositories import Repository

STAND_OUT = 5


@dataclass(frozen=True, slots=True)
class RepositoryWeek:
    path: str
    deployments: int
    failed: int
    unplanned: int
    # Shipped; their median lead time is None when there are none.
    changes: int
    lead_time_seconds: float | None


@dataclass(frozen=True, slots=True)
class LargePullRequest:
    repository: str
    number: int
    title: str
    url: str | None
    lines_added: int
    lines_deleted: int


@dataclass(frozen=True, slots=True)
class WeekInDetail:
    team: str
    window: Window
    # Those with a deployment or a shipped change, the most deployments first.
    repositories: tuple[RepositoryWeek, ...]
    # How many the team owns.
    owned: int
    # What has not recovered yet, then what recovered in the week, longest first.
    recoveries: tuple[Evidence, ...]
    # Longest lead time first.
    slowest: tuple[Evidence, ...]
    # Merged by people, most lines first; those whose lines are unknown are left out.
    largest: tuple[LargePullRequest, ...]


LARGEST = in_one_window(
    sa.select(
        Repository.path,
        PullRequest.pr_number,
        PullRequest.title,
        PullRequest.url,
        PullRequest.lines_added,
        PullRequest.lines_deleted,
    )
    .select_from(PullRequest)
    .join(Repository, Repository.id == PullRequest.repository_id)
    .where(MERGED, sa.not_(PullRequest.is_bot), (PullRequest.lines_added + PullRequest.lines_deleted) > 0)
    .order_by(
        (PullRequest.lines_added + PullRequest.lines_deleted).desc(), PullRequest.repository_id, PullRequest.pr_number
    )
)


async def week_in_detail(connection: AsyncConnection, scope: TeamScope, now: datetime) -> WeekInDetail:
    """Of the week that the digest of the same moment tells."""
    window, sources = week_before(now, scope.timezone), scope.sources
    (counts,) = await count_by_repository(connection, sources, [window])
    shipped = await lead_times_by_repository(connection, sources, window)
    nothing = {"deployments": 0, "failed": 0, "unplanned": 0}
    repositories = [
        RepositoryWeek(path, **counts.get(path, nothing), changes=changes, lead_time_seconds=median)
        for path in {*counts, *shipped}
        for changes, median in [shipped.get(path, (0, None))]
    ]
    return WeekInDetail(
        scope.name or scope.slug,
        window,
        tuple(sorted(repositories, key=lambda one: (-one.deployments, one.path))),
        len(sources.repository_ids),
        tuple(await recovery_time.evidence(connection, sources, window)),
        tuple(await lead_time.evidence(connection, sources, window, STAND_OUT)),
        tuple(
            LargePullRequest(
                row.path, row.pr_number, row.title or "", row.url, row.lines_added or 0, row.lines_deleted or 0
            )
            for row in await fetch(connection, LARGEST, sources, window, STAND_OUT)
        ),
    )
