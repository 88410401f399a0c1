"""Where a number comes from: its definition, what was counted one by one, and what was left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from reports import left_out
from reports.deployment_story import read_chains
from reports.evidence import Evidence, Position
from reports.numbers import METRICS
from reports.report import DataQuality, Report, Window
from reports.repository_report import repository_report
from reports.scope import RepositoryScope, TeamScope
from reports.sources import only_service
from reports.team_report import team_report

# How many items each number has, told by the number itself: the items of a page need not all be read.
TOTALS: Mapping[str, Callable[[Any], int]] = {
    "deployment_frequency": lambda number: number.deployments,
    "lead_time": lambda number: number.n,
    "change_failure_rate": lambda number: number.deployments,
    "recovery_time": lambda number: number.n + number.open,
    "rework_rate": lambda number: number.deployments,
    "pull_requests": lambda number: number.merged,
    "commits": lambda number: number.count,
}
_RATES = {"deployment_frequency", "change_failure_rate", "rework_rate", "recovery_time"}
_WORK = {"lead_time", "pull_requests"}
# Which numbers a remark is about; a remark that is not listed is about every one.
_ABOUT: Mapping[str, set[str]] = {
    "several_environments": _RATES | {"lead_time"},
    "canceled": _RATES,
    "told_twice": _RATES,
    "environment_left_out": _RATES | {"lead_time"},
    "no_service": _RATES | {"lead_time"},
    "bots": {*_WORK, "commits"},
    "pull_requests_without_change": _WORK,
    "old_commits": _WORK,
    "lines_unknown": {"pull_requests", "commits"},
    "negative_lead_time": _WORK,
    "negative_recovery": {"recovery_time"},
    "estimated_shipping": _WORK,
    "unknown_sha": {*_WORK, "rework_rate"},
    "untold_shipping": {*_WORK, "rework_rate"},
    "cut_push": {*_WORK, "commits"},
    "imported_history": {*_WORK, "commits"},
    "incident_without_deployment": {"change_failure_rate", "recovery_time"},
    "incident_without_repository": {"change_failure_rate", "recovery_time"},
    "shared_repositories": {"pull_requests", "commits"},
    "untold_services": {"pull_requests", "commits"},
    # An explanation compares nothing.
    "nothing_to_compare": set(),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    # A name of METRICS.
    metric: str
    # Of the same window.
    report: Report
    items: tuple[Evidence, ...]
    # How many items there are on all pages.
    total: int
    # Of the last item, when more follow on another page.
    next: Position | None = None

    @property
    def definition(self) -> str:
        return METRICS[self.metric].DEFINITION

    @property
    def source(self) -> str:
        return METRICS[self.metric].SOURCE

    @property
    def number(self) -> Any:
        """The dataclass of report.py."""
        return getattr(self.report.numbers, self.metric)

    @property
    def remarks(self) -> tuple[DataQuality, ...]:
        """What was left out, assumed or is missing of this number."""
        return remarks_on(self.report, self.metric)


def remarks_on(report: Report, metric: str) -> tuple[DataQuality, ...]:
    return tuple(one for one in report.data_quality if one.kind not in _ABOUT or metric in _ABOUT[one.kind])


async def report_on(
    connection: AsyncConnection,
    scope: TeamScope | RepositoryScope,
    window: Window,
    now: datetime,
    service: str | None = None,
) -> Report:
    """Raises `UnknownService`."""
    if isinstance(scope, TeamScope):
        return await team_report(connection, scope, window, now, service)
    return await repository_report(connection, scope, window, now, service)


async def explain(
    connection: AsyncConnection,
    scope: TeamScope | RepositoryScope,
    metric: str,
    window: Window,
    now: datetime,
    service: str | None = None,
    *,
    limit: int,
) -> Explanation:
    """The first `limit` items in the order in which a person reads them. Raises `UnknownService`.

    The number is the report's own, so that both always say the same.
    """
    report = await report_on(connection, scope, window, now, service)
    total = TOTALS[metric](getattr(report.numbers, metric))
    if not total:
        return Explanation(metric, report, (), total)
    sources = scope.sources if service is None else await only_service(connection, scope.sources, service)
    items = await METRICS[metric].evidence(connection, sources, report.window, limit)
    return Explanation(metric, report, tuple(items), total)


async def explain_page(
    connection: AsyncConnection,
    scope: TeamScope | RepositoryScope,
    metric: str,
    window: Window,
    now: datetime,
    service: str | None = None,
    *,
    after: Position | None = None,
    limit: int,
    leaves_out: bool = False,
) -> Explanation:
    """One page of all items, the newest first; deployments with their evidence. `leaves_out`: instead, what the number
    leaves out, assumes or lacks. Raises `UnknownService`."""
    report = await report_on(connection, scope, window, now, service)
    number = getattr(report.numbers, metric)
    sources = scope.sources if service is None else await only_service(connection, scope.sources, service)
    items, more = METRICS[metric].ITEMS, {}
    total = TOTALS[metric](number)
    if leaves_out:
        kinds = [one.kind for one in remarks_on(report, metric) if one.kind not in left_out.WITHOUT_ITEMS]
        items, more = left_out.ITEMS, {"kinds": kinds}
        total = await left_out.count_items(connection, sources, report.window, kinds) if kinds else 0
    if not total:
        return Explanation(metric, report, (), total)
    found, places = await items.page(connection, sources, report.window, after, limit + 1, **more)
    following = places[limit - 1] if len(found) > limit else None
    found = found[:limit]
    deployments = [
        (place.repository_id, place.key) for one, place in zip(found, places, strict=False) if one.is_deployment
    ]
    chains = {} if leaves_out else await read_chains(connection, deployments)
    told = [
        replace(one, chain=chains.get((place.repository_id, place.key), ()))
        for one, place in zip(found, places, strict=False)
    ]
    return Explanation(metric, report, tuple(told), total, following)
