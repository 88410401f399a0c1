"""Failed deployment recovery time."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import FAILED, IN_PRODUCTION, as_evidence, select_deployments, with_reason
from reports.evidence import Evidence, Items
from reports.report import RecoveryTime, Window
from reports.sources import (
    WINDOWS,
    Sources,
    after_window,
    elapsed_seconds,
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

# What is still open at the end of the window stands where it showed.
_AT = sa.case((in_window(Deployment.recovered_at), Deployment.recovered_at), else_=Deployment.failed_at)
_ENDED = sa.func.coalesce(in_window(Deployment.recovered_at), sa.false())
ITEMS = Items(
    select_deployments(
        _AT.label("at"),
        with_reason(sa.case((_ENDED, "recovered"), else_="open")).label("counted_as"),
        sa.case((_ENDED, SECONDS)).label("seconds"),
    ).where(sa.or_(RECOVERED, NEVER_RECOVERED, RECOVERED_AFTER)),
    place=(_AT, Deployment.repository_id, Deployment.provider_key),
    # Those that are open, the oldest first; then the longest.
    order=(
        _ENDED,
        sa.case((sa.not_(_ENDED), Deployment.failed_at)),
        SECONDS.desc(),
        Deployment.repository_id,
        Deployment.provider_key,
    ),
    tell=as_evidence,
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
    return await ITEMS.read(connection, sources, window, limit)
