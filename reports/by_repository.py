"""The numbers of each repository, to say where those of a team come from."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, FAILED
from reports.metrics import lead_time
from reports.report import Window
from reports.sources import WINDOWS, Sources, percentiles
from storage.models.changes import ShippedChange
from storage.models.deployments import Deployment
from storage.models.repositories import Repository

_COUNTS = (
    sa.select(
        Deployment.repository_id,
        sa.func.count().label("deployments"),
        sa.func.count().filter(FAILED).label("failed"),
        sa.func.count().filter(Deployment.unplanned).label("unplanned"),
    )
    .where(COUNTED)
    .group_by(Deployment.repository_id)
    .correlate(WINDOWS)
    .lateral("counts")
)
SELECT = sa.select(
    WINDOWS.c.number, Repository.path, _COUNTS.c.deployments, _COUNTS.c.failed, _COUNTS.c.unplanned
).select_from(WINDOWS.join(_COUNTS, sa.true()).join(Repository, Repository.id == _COUNTS.c.repository_id))

_LEAD_TIMES = (
    sa.select(
        ShippedChange.repository_id,
        sa.func.count().label("changes"),
        percentiles(ShippedChange.lead_time_seconds).label("percentiles"),
    )
    .where(lead_time.COUNTED)
    .group_by(ShippedChange.repository_id)
    .correlate(WINDOWS)
    .lateral("lead_times")
)
LEAD_TIMES = sa.select(Repository.path, _LEAD_TIMES.c.changes, _LEAD_TIMES.c.percentiles).select_from(
    WINDOWS.join(_LEAD_TIMES, sa.true()).join(Repository, Repository.id == _LEAD_TIMES.c.repository_id)
)

Counts = dict[str, dict[str, int]]


async def count_by_repository(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[Counts]:
    """For each window, by path: `deployments`, `failed` and `unplanned`. Repositories without any are left out."""
    counts: list[Counts] = [{} for _ in windows]
    for row in await connection.execute(SELECT, sources.parameters(windows)):
        counts[row.number - 1][row.path] = {
            "deployments": row.deployments,
            "failed": row.failed,
            "unplanned": row.unplanned,
        }
    return counts


async def lead_times_by_repository(
    connection: AsyncConnection, sources: Sources, window: Window
) -> dict[str, tuple[int, float]]:
    """By path: how many changes shipped, and their median in seconds. Repositories without any are left out."""
    rows = await connection.execute(LEAD_TIMES, sources.parameters([window]))
    return {row.path: (row.changes, row.percentiles[0]) for row in rows}
