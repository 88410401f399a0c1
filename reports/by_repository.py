"""The deployments of each repository, to say where a change comes from."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, FAILED
from reports.report import Window
from reports.sources import WINDOWS, Sources
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
