"""Deployment frequency."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, FAILED, NEWEST_FIRST, PLACE, as_evidence, select_deployments, with_reason
from reports.evidence import Evidence, Items
from reports.report import DeploymentFrequency, Window
from reports.sources import REPOSITORY_IDS, Sources, in_services, per_window, word
from storage.models.deployments import Deployment

DEFINITION = (
    "Deployments to production that finished in the window, succeeded or failed, per calendar day. A deployment counts "
    "at its first final status; canceled and skipped ones do not count. Days without a deployment are zeros; what was "
    "never deployed has no data."
)
SOURCE = "https://dora.dev/guides/dora-metrics/"

# One look into the index per repository: a search for any one may go through all that other repositories deployed.
_REPOSITORIES = (
    sa.func.unnest(REPOSITORY_IDS).table_valued(sa.column("id", sa.Uuid()), name="repositories").render_derived()
)
_FIRST = (
    sa.select(Deployment.finished_at)
    .where(
        Deployment.repository_id == _REPOSITORIES.c.id,
        in_services(Deployment.repository_id, Deployment.service),
        Deployment.environment == word("production"),
        Deployment.finished_at.is_not(None),
        Deployment.outcome.is_not(None),
    )
    .order_by(Deployment.finished_at)
    .limit(1)
    .correlate(_REPOSITORIES)
    .lateral("first")
)

SELECT = per_window(
    sa.select(
        sa.func.count().label("deployments"),
        sa.func.count().filter(sa.not_(FAILED)).label("succeeded"),
    )
    .select_from(Deployment)
    .where(COUNTED),
    sa.select(sa.func.min(_FIRST.c.finished_at).label("first_ever")).select_from(_REPOSITORIES.join(_FIRST, sa.true())),
)

ITEMS = Items(
    select_deployments(
        Deployment.finished_at.label("at"),
        with_reason(Deployment.outcome).label("counted_as"),
        sa.null().label("seconds"),
    ).where(COUNTED),
    place=PLACE,
    order=NEWEST_FIRST,
    tell=as_evidence,
)


def summarize(row: Any, window: Window) -> DeploymentFrequency:
    return DeploymentFrequency(
        deployments=row.deployments,
        succeeded=row.succeeded,
        per_day=row.deployments / window.days if row.first_ever else None,
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[DeploymentFrequency]:
    rows = await connection.execute(SELECT, sources.parameters(windows))
    return [summarize(row, window) for row, window in zip(rows, windows, strict=True)]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The deployments, newest first."""
    return await ITEMS.read(connection, sources, window, limit)
