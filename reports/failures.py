"""The failed deployments of a window and their recovery."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployments import COUNTED, FAILED, select_deployments, with_reason
from reports.evidence import fetch
from reports.report import Window
from reports.sources import Sources, elapsed_seconds, in_one_window
from storage.models.deployments import Deployment


@dataclass(frozen=True, slots=True)
class Failure:
    # Path of the repository.
    repository: str
    # Empty: the repository deploys as one.
    service: str
    url: str | None
    finished_at: datetime
    # What decided that it failed: status, rollback, revert, incident, mark ...; empty when that is not known.
    reason: str
    # From the failure's showing to its end; None: not recovered yet.
    recovery_seconds: float | None


SELECT = in_one_window(
    select_deployments(
        Deployment.finished_at.label("finished_at"),
        with_reason(sa.null()).label("reason"),
        elapsed_seconds(Deployment.recovered_at, Deployment.failed_at).label("seconds"),
    )
    .where(COUNTED, FAILED)
    # What still hurts comes first, then what hurt longest.
    .order_by(sa.desc("seconds").nulls_first(), Deployment.finished_at.desc(), Deployment.provider_key)
)


async def find_failures(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int
) -> tuple[Failure, ...]:
    """Those that have not recovered yet first, then those that took longest."""
    return tuple(
        Failure(row.path, row.service, row.url, row.finished_at, row.reason or "", row.seconds)
        for row in await fetch(connection, SELECT, sources, window, limit)
    )
