"""What is behind a number: the deployments, changes, pull requests or commits that were counted, one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.report import Window
from reports.sources import AnySelect, Sources


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

    @property
    def is_deployment(self) -> bool:
        return self.subject.partition(":")[0] not in ("pull_request", "commit")


async def fetch(
    connection: AsyncConnection, select: AnySelect, sources: Sources, window: Window, limit: int | None
) -> Sequence[sa.Row[Any]]:
    """The rows of an evidence SELECT for one window; made by `in_one_window`; `limit` None: all of them."""
    parameters = {**sources.parameters([window]), "limit": limit}
    result: sa.CursorResult[*tuple[Any, ...]] = await connection.execute(select, parameters)
    return result.all()
