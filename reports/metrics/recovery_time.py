"""Failed deployment recovery time."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import FAILED, IN_PRODUCTION, as_evidence, select_deployments, with_reason
from reports.evidence import Evidence, fetch
from reports.report import RecoveryTime, Window
from reports.sources import (
    WINDOWS,
    Sources,
    after_window,
    elapsed_seconds,
    in_one_window,
    in_window,
    per_window,
    percentiles,
)
from storage.models.deployments import Deployment

DEFINITION = (
    "From the moment a failed production deployment showed its failure to its recovery: the next successful "
    "deployment, the deployment that ships the revert or fix, or the end of the last incident. Failed statuses in a "
    "row count once, at the first. A recovery belongs to the window it ends in. Open: failed, not recovered by the end "
    "of the window, and at most 90 days old."
)
SOURCE = "https://dora.dev/guides/dora-metrics/"

OLDEST_OPEN = sa.text("interval '2160 hours'")

ONE_PER_STREAK = sa.and_(IN_PRODUCTION, Deployment.counts_recovery)
SECONDS = elapsed_seconds(Deployment.recovered_at, Deployment.failed_at)
RECOVERED = sa.and_(ONE_PER_STREAK, in_window(Deployment.recovered_at))
SHOWED = sa.and_(FAILED, Deployment.failed_at < WINDOWS.c.end, Deployment.failed_at >= WINDOWS.c.end - OLDEST_OPEN)
NEVER_RECOVERED = sa.and_(ONE_PER_STREAK, SHOWED, Deployment.recovered_at.is_(None))
RECOVERED_AFTER = sa.and_(ONE_PER_STREAK, SHOWED, after_window(Deployment.recovered_at))

SELECT = per_window(
    sa.select(percentiles(SECONDS).label("percentiles"), sa.func.count().label("n")).where(RECOVERED),
    sa.select(sa.func.count().label("never_recovered")).select_from(Deployment).where(NEVER_RECOVERED),
    sa.select(sa.func.count().label("recovered_after")).select_from(Deployment).where(RECOVERED_AFTER),
)

ENDED_EVIDENCE = in_one_window(
    select_deployments(
        Deployment.recovered_at.label("at"),
        with_reason(sa.literal("recovered")).label("counted_as"),
        SECONDS.label("seconds"),
    )
    .where(RECOVERED)
    .order_by(SECONDS.desc(), Deployment.repository_id, Deployment.provider_key)
)
OPEN_EVIDENCE = in_one_window(
    select_deployments(
        Deployment.failed_at.label("at"),
        with_reason(sa.literal("open")).label("counted_as"),
        sa.null().label("seconds"),
    )
    .where(sa.or_(NEVER_RECOVERED, RECOVERED_AFTER))
    .order_by(Deployment.failed_at, Deployment.repository_id, Deployment.provider_key)
)


def summarize(row: Any) -> RecoveryTime:
    p50, p90 = row.percentiles or (None, None)
    return RecoveryTime(p50_seconds=p50, p90_seconds=p90, n=row.n, open=row.never_recovered + row.recovered_after)


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[RecoveryTime]:
    return [summarize(row) for row in await connection.execute(SELECT, sources.parameters(windows))]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The failures still open, oldest first; then the recoveries, longest first."""
    still_open = as_evidence(await fetch(connection, OPEN_EVIDENCE, sources, window, limit))
    left = None if limit is None else limit - len(still_open)
    return still_open + as_evidence(await fetch(connection, ENDED_EVIDENCE, sources, window, left))
