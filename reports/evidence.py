"""What is behind a number: the deployments, changes, pull requests or commits that were counted, one by one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.deployment_story import Link
from reports.report import Window
from reports.sources import AnySelect, Sources, in_one_window

MOMENT = sa.DateTime(timezone=True)


@dataclass(frozen=True, slots=True)
class Evidence:
    # Path of the repository.
    repository: str
    # "deployment:12" (the provider's key), "pull_request:7" or "commit:<sha>".
    subject: str
    title: str
    # On the provider's site.
    url: str | None
    # The moment that puts it in the window (UTC).
    at: datetime
    # How it was counted: "succeeded", "failed: rollback", "open" ...
    counted_as: str
    # The duration that it adds to the number.
    seconds: float | None = None
    # The parts of `seconds`, by name.
    parts: tuple[tuple[str, float], ...] = ()
    # Of a deployment, on a page: everything that says that it failed or did not, strongest first.
    chain: tuple[Link, ...] = ()

    @property
    def is_deployment(self) -> bool:
        return self.subject.partition(":")[0] not in ("pull_request", "commit")


class Position(NamedTuple):
    """Where an item stands among all of a window: the newest first, then by repository and key."""

    at: datetime
    repository_id: UUID
    key: str


@dataclass(frozen=True)
class Items:
    """The items of a number: `rows` is a SELECT that uses `WINDOWS`, without an order."""

    rows: AnySelect
    # The columns of `Position`.
    place: tuple[Any, Any, Any]
    # The order in which a person reads them.
    order: tuple[Any, ...]
    tell: Callable[[Sequence[sa.Row[Any]]], list[Evidence]]
    best: AnySelect = field(init=False)
    first: AnySelect = field(init=False)
    following: AnySelect = field(init=False)

    def __post_init__(self) -> None:
        at, repository_id, key = self.place
        placed = self.rows.add_columns(
            at.label("placed_at"), repository_id.label("placed_in"), sa.cast(key, sa.Text()).label("placed_key")
        )
        in_order = (at.desc(), repository_id, sa.cast(key, sa.Text()))
        after_at = sa.bindparam("after_at", type_=MOMENT)
        after = sa.and_(
            # The first of these is what an index can use.
            at <= after_at,
            sa.or_(
                at < after_at,
                sa.tuple_(repository_id, sa.cast(key, sa.Text()))
                > sa.tuple_(
                    sa.bindparam("after_repository_id", type_=sa.Uuid()), sa.bindparam("after_key", type_=sa.Text())
                ),
            ),
        )
        object.__setattr__(self, "best", in_one_window(self.rows.order_by(*self.order)))
        object.__setattr__(self, "first", in_one_window(placed.order_by(*in_order)))
        object.__setattr__(self, "following", in_one_window(placed.where(after).order_by(*in_order)))

    async def read(
        self, connection: AsyncConnection, sources: Sources, window: Window, limit: int | None = None
    ) -> list[Evidence]:
        """The first of them, as a person reads them; `limit` None: all."""
        return self.tell(await fetch(connection, self.best, sources, window, limit))

    async def page(
        self,
        connection: AsyncConnection,
        sources: Sources,
        window: Window,
        after: Position | None,
        limit: int,
        **more: Any,
    ) -> tuple[list[Evidence], list[Position]]:
        """`limit` of them behind a position, the newest first, each with its own position: as cheap for the last page
        as for the first. `more`: parameters of the SELECT itself."""
        parameters = {**sources.parameters([window]), "limit": limit, **more}
        statement = self.first
        if after is not None:
            statement = self.following
            parameters |= {"after_at": after.at, "after_repository_id": after.repository_id, "after_key": after.key}
        rows = (await connection.execute(statement, parameters)).all()
        return self.tell(rows), [Position(row.placed_at, row.placed_in, row.placed_key) for row in rows]


async def fetch(
    connection: AsyncConnection, select: AnySelect, sources: Sources, window: Window, limit: int | None
) -> Sequence[sa.Row[Any]]:
    """The rows of a SELECT made by `in_one_window`; `limit` None: all of them."""
    parameters = {**sources.parameters([window]), "limit": limit}
    result: sa.CursorResult[*tuple[Any, ...]] = await connection.execute(select, parameters)
    return result.all()
