"""Change failure rate."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, FAILED, NEWEST_FIRST, PLACE, as_evidence, select_deployments, with_reason
from reports.evidence import Evidence, Items
from reports.report import ChangeFailureRate, Window
from reports.sources import Sources, per_window
from storage.models.deployments import Deployment

DEFINITION = (
    "Failed deployments to production / all deployments to production that finished in the window. A deployment failed "
    "when a person marked it so, when its own status says so, when it was rolled back, when a revert or hotfix that "
    "names it or one of its changes was merged within 14 days, or when an incident is linked to it. The first of these "
    "that speaks decides."
)
SOURCE = "https://dora.dev/guides/dora-metrics/"

SELECT = per_window(
    sa.select(
        sa.func.count().label("deployments"),
        sa.func.count().filter(FAILED).label("failed"),
    )
    .select_from(Deployment)
    .where(COUNTED)
)

ITEMS = Items(
    select_deployments(
        Deployment.finished_at.label("at"),
        with_reason(Deployment.outcome).label("counted_as"),
        sa.null().label("seconds"),
    ).where(COUNTED),
    place=PLACE,
    order=(FAILED.desc(), *NEWEST_FIRST),
    tell=as_evidence,
)


def summarize(row: Any) -> ChangeFailureRate:
    return ChangeFailureRate(
        failed=row.failed,
        deployments=row.deployments,
        ratio=row.failed / row.deployments if row.deployments else None,
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[ChangeFailureRate]:
    return [summarize(row) for row in await connection.execute(SELECT, sources.parameters(windows))]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The deployments, the failed ones first, each with what decided its outcome."""
    return await ITEMS.read(connection, sources, window, limit)
