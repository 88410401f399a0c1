"""Numbers with a limit: where they are now, and how often they would have crossed it in the last months.

Of teams only, never of a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.numbers import METRICS
from reports.period import parse_period
from reports.report import Window
from reports.scope import TeamScope
from reports.sources import MOMENT, AnySelect, Sources, in_repositories, word
from reports.waiting import find_waiting
from reports.windows import days_window, find_zone, local_day, local_midnight
from storage.models.pull_requests import PullRequest

REVIEW_WAITING = "review_waiting"
# What of each number is compared: a ratio of 1, or seconds (the median); and how many facts it is of.
FIELDS: Mapping[str, tuple[str, str]] = {
    "change_failure_rate": ("ratio", "deployments"),
    "rework_rate": ("ratio", "deployments"),
    "lead_time": ("p50_seconds", "n"),
    "recovery_time": ("p50_seconds", "n"),
}
RATIOS = {"change_failure_rate", "rework_rate"}
# The window of a number, and how far the preview looks back.
PERIOD, DAYS, PREVIEW_DAYS = "30d", 30, 90
# A number of fewer facts says nothing, and crosses nothing.
FEWEST = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """`value` is None when there is no number, or one of too few facts."""

    value: float | None
    n: int
    # Of the pull request that waits longest: repository, number and address.
    subject: tuple[str, int, str | None] | None = None

    def is_above(self, limit: float) -> bool:
        return self.value is not None and self.value > limit


async def measure(connection: AsyncConnection, scope: TeamScope, metric: str, now: datetime) -> Measured:
    """Over the last 30 days; what waits for review, now."""
    window = parse_period(PERIOD, scope.timezone, now)
    if metric != REVIEW_WAITING:
        (measured,) = await _read(connection, scope.sources, metric, [window])
        return measured
    listed, total = await find_waiting(connection, scope.sources, window, now)
    if not listed:
        return Measured(None, 0)
    longest = listed[0]
    return Measured(longest.waiting_seconds, total, (longest.repository, longest.number, longest.url))


async def count_crossings(
    connection: AsyncConnection, scope: TeamScope, metric: str, above: float, now: datetime
) -> tuple[int, int]:
    """How often it would have been announced in the last days, and how many days those are: at most 90, and only as far
    back as there is a number. Looked at once a day at midnight; reviews, at any moment."""
    zone = find_zone(scope.timezone)
    today, tracked = local_day(now, zone), scope.sources.tracked_since
    if tracked is None:
        return 0, 0
    known = (today - local_day(tracked, zone)).days
    if metric == REVIEW_WAITING:
        days = min(PREVIEW_DAYS, known)
        since = local_midnight(today - days * ONE_DAY, zone)
        return await _waits_crossing(connection, scope.sources, timedelta(seconds=above), (since, now)), days
    days = min(PREVIEW_DAYS, max(known - DAYS, 0))
    ends = [today - number * ONE_DAY for number in reversed(range(days))]
    windows = [days_window(end - DAYS * ONE_DAY, end, scope.timezone) for end in ends]
    measured = await _read(connection, scope.sources, metric, windows) if windows else []
    return crossings(one.is_above(above) for one in measured), days


def crossings(above: Iterable[bool]) -> int:
    """How often it goes up; what is above at the beginning has crossed before."""
    count, before = 0, True
    for now in above:
        count += now and not before
        before = now
    return count


async def _read(connection: AsyncConnection, sources: Sources, metric: str, windows: list[Window]) -> list[Measured]:
    value, facts = FIELDS[metric]
    numbers = await METRICS[metric].read(connection, sources, windows)
    enough = [(getattr(one, value), getattr(one, facts)) for one in numbers]
    return [Measured(number if n >= FEWEST else None, n) for number, n in enough]


_SINCE, _UNTIL = sa.bindparam("since", type_=MOMENT), sa.bindparam("until", type_=MOMENT)
_LIMIT = sa.bindparam("longer_than", type_=sa.Interval())
# `least` passes over NULL.
_OVER = sa.func.least(PullRequest.first_review_at, PullRequest.merged_at, PullRequest.closed_at)


def _long_waits(*when: sa.ColumnElement[bool]) -> AnySelect:
    return sa.select((PullRequest.ready_at + _LIMIT).label("start"), _OVER.label("over")).where(
        in_repositories(PullRequest.repository_id),
        sa.not_(PullRequest.draft),
        sa.not_(PullRequest.is_bot),
        PullRequest.ready_at + _LIMIT < _UNTIL,
        sa.or_(_OVER.is_(None), sa.and_(_OVER > _SINCE, PullRequest.ready_at + _LIMIT < _OVER)),
        *when,
    )


# By people, and unreviewed for longer than the limit: from when, until when. What waited then is open or ended since.
LONG_WAITS = sa.union_all(
    _long_waits(PullRequest.state == word("open")),
    _long_waits(PullRequest.state == "merged", PullRequest.merged_at > _SINCE),
    _long_waits(PullRequest.state == "closed", PullRequest.closed_at > _SINCE),
).order_by("start")


async def _waits_crossing(
    connection: AsyncConnection, sources: Sources, limit: timedelta, bounds: tuple[datetime, datetime]
) -> int:
    """Times that overlap are one: it is announced again only after nothing waited so long."""
    since, until = bounds
    parameters: dict[str, Any] = {**sources.parameters([]), "longer_than": limit, "since": since, "until": until}
    count, reaches = 0, since
    for start, end in await connection.execute(LONG_WAITS, parameters):
        count += start > reaches
        reaches = max(reaches, end or until)
    return count
