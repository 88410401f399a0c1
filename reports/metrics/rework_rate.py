"""Deployment rework rate."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, NEWEST_FIRST, PLACE, as_evidence, select_deployments
from reports.evidence import Evidence, Items
from reports.report import ReworkRate, Window
from reports.sources import Sources, per_window
from storage.models.deployments import Deployment

DEFINITION = (
    "Unplanned deployments to production / all deployments to production that finished in the window. Unplanned are "
    "rollbacks, and deployments that ship at least one change and only reverts, hotfixes or fixes of an incident."
)
PLANNED = "planned"
SOURCE = "https://dora.dev/guides/dora-metrics/"

SELECT = per_window(
    sa.select(
        sa.func.count().label("deployments"),
        sa.func.count().filter(Deployment.unplanned).label("unplanned"),
    )
    .select_from(Deployment)
    .where(COUNTED)
)

ITEMS = Items(
    select_deployments(
        Deployment.finished_at.label("at"),
        sa.case(
            (sa.not_(Deployment.unplanned), PLANNED),
            (Deployment.rollback, "unplanned: rollback"),
            else_="unplanned: only fixes",
        ).label("counted_as"),
        sa.null().label("seconds"),
    ).where(COUNTED),
    place=PLACE,
    order=(Deployment.unplanned.desc(), *NEWEST_FIRST),
    tell=as_evidence,
)


def summarize(row: Any) -> ReworkRate:
    return ReworkRate(
        unplanned=row.unplanned,
        deployments=row.deployments,
        ratio=row.unplanned / row.deployments if row.deployments else None,
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[ReworkRate]:
    return [summarize(row) for row in await connection.execute(SELECT, sources.parameters(windows))]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The deployments, the unplanned ones first."""
    return await ITEMS.read(connection, sources, window, limit)
