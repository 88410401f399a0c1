"""A metric's number for one window, by itself."""

from typing import Any
from uuid import UUID

from reports.evidence import Evidence
from reports.numbers import Metric
from reports.report import Window
from reports.sources import Sources
from tests.reports.filling import NOVEMBER_WEEK, Filling


async def read(
    filling: Filling,
    metric: Metric,
    *repository_ids: UUID,
    window: Window = NOVEMBER_WEEK,
    services: tuple[tuple[UUID, str], ...] = (),
) -> Any:
    (number,) = await metric.read(filling.connection, Sources(repository_ids, services), [window])
    return number


async def evidence(
    filling: Filling,
    metric: Metric,
    *repository_ids: UUID,
    window: Window = NOVEMBER_WEEK,
    services: tuple[tuple[UUID, str], ...] = (),
    limit: int | None = None,
) -> list[Evidence]:
    return await metric.evidence(filling.connection, Sources(repository_ids, services), window, limit)
