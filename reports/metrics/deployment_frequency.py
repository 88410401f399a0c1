"""Deployment frequency."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, FAILED, IN_PRODUCTION, as_evidence, select_deployments, with_reason
from reports.evidence import Evidence, fetch
from reports.report import DeploymentFrequency, Window
from reports.sources import Sources, per_window
from storage.models.deployments import Deployment

DEFINITION = (
    "Deployments to production that finished in the window, succeeded or failed, per calendar day. A deployment counts "
    "at its first final status; canceled and skipped ones do not count. Days without a deployment are zeros; what was "
    "never deployed has no data."
)
SOURCE = "https://dora.dev/guides/dora-metrics/"

SELECT = per_window(
    sa.select(
        sa.func.count().label("deployments"),
        sa.func.count().filter(sa.not_(FAILED)).label("succeeded"),
    )
    .select_from(Deployment)
    .where(COUNTED),
    sa.select(
        sa.exists().where(IN_PRODUCTION, Deployment.finished_at.is_not(None)).label("ever"),
    ),
)

EVIDENCE = (
    select_deployments(
        Deployment.finished_at.label("at"),
        with_reason(Deployment.outcome).label("counted_as"),
        sa.null().label("seconds"),
    )
    .where(COUNTED)
    .order_by(Deployment.finished_at.desc(), Deployment.repository_id, Deployment.provider_key)
)


def summarize(row: Any, window: Window) -> DeploymentFrequency:
    return DeploymentFrequency(
        deployments=row.deployments,
        succeeded=row.succeeded,
        per_day=row.deployments / window.days if row.ever else None,
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[DeploymentFrequency]:
    rows = await connection.execute(SELECT, sources.parameters(windows))
    return [summarize(row, window) for row, window in zip(rows, windows, strict=True)]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The deployments, newest first."""
    return as_evidence(await fetch(connection, EVIDENCE, sources, window, limit))
