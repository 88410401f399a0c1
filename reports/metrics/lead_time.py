"""Lead time for changes."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.evidence import Evidence, Items
from reports.report import LeadTime, Window
from reports.sources import (
    SHARED,
    Sources,
    in_repositories,
    in_window,
    is_shared,
    of_shared_services,
    per_window,
    percentiles,
)
from storage.models.changes import Change, ShippedChange
from storage.models.repositories import Repository

DEFINITION = (
    "From the first commit of a change to the first successful production deployment that contains it. A change is a "
    "merged pull request, or a commit on the default branch that belongs to none; it counts once, in the window in "
    "which it shipped. Merge commits and the changes of bots do not count."
)
SOURCE = "https://dora.dev/guides/dora-metrics/"

_EARLIER = sa.orm.aliased(ShippedChange, name="earlier")
_IN_SHARED_SERVICES = sa.tuple_(ShippedChange.repository_id, ShippedChange.service).in_(
    sa.select(SHARED.c.repository_id, SHARED.c.service)
)
_SHIPPED_EARLIER_IN_THEM = (
    sa.exists()
    .select_from(sa.join(SHARED, _EARLIER, of_shared_services(_EARLIER.repository_id, _EARLIER.service)))
    .where(
        _EARLIER.repository_id == ShippedChange.repository_id,
        _EARLIER.kind == ShippedChange.kind,
        _EARLIER.key == ShippedChange.key,
        sa.tuple_(_EARLIER.shipped_at, _EARLIER.service) < sa.tuple_(ShippedChange.shipped_at, ShippedChange.service),
    )
)
# A change that ships with several services counts at the earliest of those that are counted.
ONCE = sa.or_(
    sa.and_(sa.not_(is_shared(ShippedChange.repository_id)), ShippedChange.earliest),
    sa.and_(_IN_SHARED_SERVICES, sa.not_(_SHIPPED_EARLIER_IN_THEM)),
)
SHIPPED = sa.and_(in_repositories(ShippedChange.repository_id), in_window(ShippedChange.shipped_at), ONCE)
COUNTED = sa.and_(SHIPPED, ShippedChange.left_out.is_(None))

SELECT = per_window(
    sa.select(
        percentiles(ShippedChange.lead_time_seconds).label("percentiles"),
        sa.func.count().filter(ShippedChange.kind == "pull_request").label("n_pull_requests"),
        sa.func.count().filter(ShippedChange.kind == "commit").label("n_commits"),
    ).where(COUNTED)
)


def _tell(rows: Sequence[sa.Row[Any]]) -> list[Evidence]:
    return [
        Evidence(
            repository=row.path,
            subject=f"{row.kind}:{row.key}",
            title=row.title or "",
            url=row.url,
            at=row.shipped_at,
            counted_as=f"shipped: {row.deployment_key}",
            seconds=row.lead_time_seconds,
        )
        for row in rows
    ]


ITEMS = Items(
    sa.select(
        Repository.path,
        ShippedChange.kind,
        ShippedChange.key,
        ShippedChange.deployment_key,
        ShippedChange.shipped_at,
        ShippedChange.lead_time_seconds,
        Change.title,
        Change.url,
    )
    .select_from(ShippedChange)
    .join(Repository, Repository.id == ShippedChange.repository_id)
    .outerjoin(
        Change,
        sa.and_(
            Change.repository_id == ShippedChange.repository_id,
            Change.kind == ShippedChange.kind,
            Change.key == ShippedChange.key,
        ),
    )
    .where(COUNTED),
    place=(
        ShippedChange.shipped_at,
        ShippedChange.repository_id,
        sa.func.concat(ShippedChange.kind, ":", ShippedChange.key),
    ),
    order=(ShippedChange.lead_time_seconds.desc(), ShippedChange.repository_id, ShippedChange.key),
    tell=_tell,
)


def summarize(row: Any) -> LeadTime:
    p50, p90 = row.percentiles or (None, None)
    return LeadTime(
        p50_seconds=p50,
        p90_seconds=p90,
        n=row.n_pull_requests + row.n_commits,
        n_pull_requests=row.n_pull_requests,
        n_commits=row.n_commits,
    )


async def read(connection: AsyncConnection, sources: Sources, windows: Sequence[Window]) -> list[LeadTime]:
    return [summarize(row) for row in await connection.execute(SELECT, sources.parameters(windows))]


async def evidence(
    connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
) -> list[Evidence]:
    """The changes, longest lead time first, each with the deployment that shipped it."""
    return await ITEMS.read(connection, sources, window, limit)
