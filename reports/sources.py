"""Where a number is counted: the repositories and services of a scope, and windows, as parts of a SELECT.

The statements of all metrics are built once, when their modules are read; these are their parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from reports.report import Window
from storage.models.changes import TouchedService
from storage.models.deployments import Deployment
from storage.models.repositories import Service

MOMENT = sa.DateTime(timezone=True)

REPOSITORY_IDS = sa.bindparam("repository_ids", type_=ARRAY(sa.Uuid()))
# Pairs: of these repositories, only these services.
SHARED_IDS = sa.bindparam("shared_ids", type_=ARRAY(sa.Uuid()))
SHARED_SERVICES = sa.bindparam("shared_services", type_=ARRAY(sa.Text()))
SHARED = (
    sa.func.unnest(SHARED_IDS, SHARED_SERVICES)
    .table_valued(sa.column("repository_id", sa.Uuid()), sa.column("service", sa.Text()), name="shared")
    .render_derived()
)
LIMIT = sa.bindparam("limit", type_=sa.BigInteger())
# One row per window, numbered from 1.
WINDOWS = (
    sa.func.unnest(sa.bindparam("window_starts", type_=ARRAY(MOMENT)), sa.bindparam("window_ends", type_=ARRAY(MOMENT)))
    .table_valued(sa.column("start", MOMENT), sa.column("end", MOMENT), with_ordinality="number", name="windows")
    .render_derived()
)

Column = InstrumentedAttribute[Any]
AnySelect = sa.Select[*tuple[Any, ...]]


class UnknownService(ValueError):
    """The scope has no such service; the message names those it has."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Repositories whose facts are counted, and for `services` only these (repository, service) of a repository."""

    repository_ids: tuple[UUID, ...]
    services: tuple[tuple[UUID, str], ...] = ()
    # Provider's time of the earliest event known of these repositories; None: none has arrived.
    tracked_since: datetime | None = None

    def parameters(self, windows: Sequence[Window]) -> dict[str, Any]:
        return {
            "repository_ids": list(self.repository_ids),
            "shared_ids": [repository_id for repository_id, _ in self.services],
            "shared_services": [service for _, service in self.services],
            "window_starts": [window.start for window in windows],
            "window_ends": [window.end for window in windows],
        }


def in_repositories(repository_id: Column) -> sa.ColumnElement[bool]:
    return repository_id == sa.any_(REPOSITORY_IDS)


def is_shared(repository_id: Column) -> sa.ColumnElement[bool]:
    """Only some services of this repository are counted."""
    return repository_id == sa.any_(SHARED_IDS)


def in_services(repository_id: Column, service: Column) -> sa.ColumnElement[bool]:
    """Of a repository of which only some services are counted, this is one of them."""
    pairs = sa.select(SHARED.c.repository_id, SHARED.c.service)
    return sa.or_(sa.not_(is_shared(repository_id)), sa.tuple_(repository_id, service).in_(pairs))


def of_shared_services(repository_id: Column, service: Column) -> sa.ColumnElement[bool]:
    """The condition on which `SHARED` is joined."""
    return sa.and_(SHARED.c.repository_id == repository_id, SHARED.c.service == service)


def in_touched(repository_id: Column, kind: str, key: sa.ColumnElement[str] | Column) -> sa.ColumnElement[bool]:
    """Work (a pull request, a commit) on one of the services that are counted, or nobody knows on which."""
    of_it = sa.and_(
        TouchedService.repository_id == repository_id, TouchedService.kind == word(kind), TouchedService.key == key
    )
    own = sa.select(sa.literal(1)).select_from(
        sa.join(TouchedService, SHARED, of_shared_services(TouchedService.repository_id, TouchedService.service))
    )
    return sa.or_(sa.not_(is_shared(repository_id)), own.where(of_it).exists(), sa.not_(sa.exists().where(of_it)))


def is_untold(repository_id: Column, kind: str, key: sa.ColumnElement[str] | Column) -> sa.ColumnElement[bool]:
    """Work of a repository of which only some services are counted, and nobody knows on which it was."""
    of_it = sa.and_(
        TouchedService.repository_id == repository_id, TouchedService.kind == word(kind), TouchedService.key == key
    )
    return sa.and_(is_shared(repository_id), sa.not_(sa.exists().where(of_it)))


def in_window(moment: Column) -> sa.ColumnElement[bool]:
    return sa.and_(moment >= WINDOWS.c.start, moment < WINDOWS.c.end)


def after(moment: Column, bound: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """The second bound excludes nothing: without one, the planner takes a third of all rows for it."""
    return sa.and_(moment > bound, moment < sa.text("'infinity'"))


def after_window(moment: Column) -> sa.ColumnElement[bool]:
    """From its end on; with a second bound as above."""
    return sa.and_(moment >= WINDOWS.c.end, moment < sa.text("'infinity'"))


def per_window(*counted: AnySelect) -> AnySelect:
    """One row for each window: the columns of these one-row SELECTs, which may use `WINDOWS`.

    Each is a lateral subquery, so that its times are bounds of an index scan.
    """
    joined: sa.FromClause = WINDOWS
    columns: list[sa.ColumnElement[Any]] = []
    for number, select in enumerate(counted):
        subquery = select.correlate(WINDOWS).lateral(f"counted_{number}")
        joined = joined.join(subquery, sa.true())
        columns += subquery.c
    return sa.select(*columns).select_from(joined).order_by(WINDOWS.c.number)


def in_one_window(rows: AnySelect) -> AnySelect:
    """The rows of a SELECT that uses `WINDOWS`, for one window and at most `limit` (NULL: all), in their order.

    A subquery with an order of its own is evaluated as it stands, with the times as bounds of an index scan: merged
    into a join, the planner would not know how short the window is.
    """
    subquery = rows.limit(LIMIT).correlate(WINDOWS).lateral("rows")
    return sa.select(*subquery.c).select_from(WINDOWS.join(subquery, sa.true()))


def elapsed_seconds(end: Any, start: Any) -> sa.ColumnElement[float]:
    # date_part gives a float; extract an exact number, which takes twice as long.
    return sa.func.date_part("epoch", end - start, type_=sa.Double())


def percentiles(seconds: sa.ColumnElement[float] | InstrumentedAttribute[float | None]) -> sa.ColumnElement[Any]:
    """[median, 90th percentile], linear between neighbours; NULLs are left out, NULL when nothing is left."""
    fractions: sa.ColumnElement[Any] = sa.literal([0.5, 0.9], ARRAY(sa.Double()))
    return sa.func.percentile_cont(fractions, type_=ARRAY(sa.Double())).within_group(seconds)


def word(text: str) -> sa.ColumnElement[str]:
    """A constant written into the statement: a partial index is only used where its condition is seen in it."""
    return sa.literal(text, literal_execute=True)


KNOWN_SERVICES = sa.union(
    sa.select(Service.repository_id, Service.name).where(in_repositories(Service.repository_id)),
    sa.select(Deployment.repository_id, Deployment.service).where(
        in_repositories(Deployment.repository_id),
        Deployment.environment == word("production"),
        Deployment.finished_at.is_not(None),
        Deployment.outcome.is_not(None),
        Deployment.service != "",
    ),
)


async def only_service(connection: AsyncConnection, sources: Sources, service: str) -> Sources:
    """The same sources with one service only. Raises `UnknownService`."""
    rows = await connection.execute(KNOWN_SERVICES, {"repository_ids": list(sources.repository_ids)})
    shared = {repository_id for repository_id, _ in sources.services}
    pairs = {(row[0], row[1]) for row in rows if row[0] not in shared} | set(sources.services)
    chosen = tuple(sorted(pair for pair in pairs if pair[1].casefold() == service.casefold()))
    if not chosen:
        names = sorted({name for _, name in pairs})
        known = f"Its services: {', '.join(names)}." if names else "It has no services: leave the filter out."
        raise UnknownService(f"There is no service {service!r} here. {known}")
    return replace(sources, repository_ids=tuple(sorted({pair[0] for pair in chosen})), services=chosen)
