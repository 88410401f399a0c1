"""Numbers with a limit: where they are now, and how often they would have crossed it in the last months.

Of teams only, never of a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.numbers import METRICS
from reports.period import parse_period
from reports.report import Window
from reports.scope import TeamScope
from reports.sources import MOMENT, AnySelect, Sources, after, in_repositories, word
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
# It is back when it is at least a tenth below its limit: else one that swings around it would be announced each time.
BACK = 0.9


@dataclass(frozen=True, slots=True)
class Measured:
    """`value` is None when there is no number, or one of too few facts."""

    value: float | None
    n: int
    # Of the pull request that waits longest: repository, number and address.
    subject: tuple[str, int, str | None] | None = None

    def is_above(self, limit: float) -> bool:
        return self.value is not None and self.value > limit

    def is_back(self, limit: float) -> bool:
        """Neither this nor above: near its limit, or of too few facts to tell. Then it stays what it was."""
        return self.n == 0 or (self.value is not None and self.value <= limit * BACK)


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
    return crossings(measured, above), days


def crossings(measured: Iterable[Measured], limit: float) -> int:
    """How often it goes up after it was back; what is above at the beginning has crossed before."""
    count, crossed = 0, True
    for one in measured:
        count += one.is_above(limit) and not crossed
        crossed = one.is_above(limit) or (crossed and not one.is_back(limit))
    return count


async def _read(connection: AsyncConnection, sources: Sources, metric: str, windows: list[Window]) -> list[Measured]:
    value, facts = FIELDS[metric]
    numbers = await METRICS[metric].read(connection, sources, windows)
    enough = [(getattr(one, value), getattr(one, facts)) for one in numbers]
    return [Measured(number if n >= FEWEST else None, n) for number, n in enough]


_SINCE, _UNTIL = sa.bindparam("since", type_=MOMENT), sa.bindparam("until", type_=MOMENT)
_LIMIT, _BACK = (sa.bindparam(name, type_=sa.Interval()) for name in ("longer_than", "back_at"))
# `least` passes over NULL.
_OVER = sa.func.least(PullRequest.first_review_at, PullRequest.merged_at, PullRequest.closed_at)


def _long_waits(*when: sa.ColumnElement[bool]) -> AnySelect:
    held, start = PullRequest.ready_at + _BACK, PullRequest.ready_at + _LIMIT
    return sa.select(held.label("held"), start.label("start"), _OVER.label("over")).where(
        in_repositories(PullRequest.repository_id),
        sa.not_(PullRequest.draft),
        sa.not_(PullRequest.is_bot),
        held < _UNTIL,
        sa.or_(_OVER.is_(None), sa.and_(_OVER > _SINCE, held < _OVER)),
        *when,
    )


# By people, and unreviewed for nearly as long as the limit: since when it could not be back, when it crossed (if it was
# not over by then), until when. What waited then is open or ended since.
LONG_WAITS = sa.union_all(
    _long_waits(PullRequest.state == word("open")),
    _long_waits(PullRequest.state == word("merged"), after(PullRequest.merged_at, _SINCE)),
    _long_waits(PullRequest.state == word("closed"), after(PullRequest.closed_at, _SINCE)),
).order_by("held")


async def _waits_crossing(
    connection: AsyncConnection, sources: Sources, limit: timedelta, bounds: tuple[datetime, datetime]
) -> int:
    """Times that overlap are one: it is announced again only after nothing waited nearly so long."""
    since, until = bounds
    parameters: dict[str, Any] = {
        **sources.parameters([]),
        "longer_than": limit,
        "back_at": limit * BACK,
        "since": since,
        "until": until,
    }
    rows = [(held, start, over or until) for held, start, over in await connection.execute(LONG_WAITS, parameters)]
    return _announcements(rows, since, until)


def _announcements(rows: Sequence[tuple[datetime, datetime, datetime]], since: datetime, until: datetime) -> int:
    """Of times in which it could not be back, the earliest first, with when each crossed. Pure."""
    count, crossed_until, held_until = 0, datetime.min.replace(tzinfo=UTC), since
    for held, start, over in rows:
        held_until = max(held_until, over)
        if held <= crossed_until:
            crossed_until = max(crossed_until, over)
        elif start < min(over, until):
            count += start > since
            # What waited nearly as long before holds it, too.
            crossed_until = held_until
    return count
