"""A team's week: its numbers beside those of the weeks before, and what is to be said of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reports.biggest_change import BiggestChange, explain_change
from reports.failures import Failure, find_failures
from reports.metrics import change_failure_rate, deployment_frequency, lead_time
from reports.numbers import read_numbers
from reports.report import Numbers, Report, WaitingPullRequest, Window
from reports.scope import TeamScope
from reports.sources import Sources
from reports.sums import find_kept
from reports.team_report import team_report
from reports.waiting import find_waiting
from reports.weeks import joined, monday_of, week_before, weeks_until

BASELINE_WEEKS = 4
# One week alone is the week before.
FEWEST_BASELINE_WEEKS = 2
TREND_WEEKS = 12
FAILURES = 3
WAITING = 3


@dataclass(frozen=True, slots=True)
class TrendWeek:
    monday: date
    deployments: int
    failed: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a digest showed of its week, so that a later one can say what late data changed."""

    window: Window
    deployments: int
    failed: int
    # How many changes the lead time was of.
    changes: int


@dataclass(frozen=True, slots=True)
class Digest:
    # Of the week, with the week before.
    report: Report
    # The weeks before this one, as one window; None with fewer than two that were tracked whole.
    baseline: Numbers | None
    baseline_weeks: int
    # Oldest first; only weeks that were tracked whole and whose facts are kept.
    trend: tuple[TrendWeek, ...]
    change: BiggestChange | None
    failures: tuple[Failure, ...]
    # At the moment of the digest, not at the week's end: who reads it can still do something.
    waiting: tuple[WaitingPullRequest, ...]
    waiting_count: int
    # What an earlier digest told, and what is known now; None when nothing differs.
    restated: tuple[Told, Told] | None = None

    @property
    def quiet(self) -> bool:
        """Nothing was deployed to production."""
        return self.report.numbers.deployment_frequency.deployments == 0

    @property
    def quiet_again(self) -> bool:
        """Neither in this week nor in the one before."""
        before = self.report.previous
        return self.quiet and (before is None or before.deployment_frequency.deployments == 0)

    @property
    def told(self) -> Told:
        return _told(self.report.window, self.report.numbers)


async def weekly_digest(
    connection: AsyncConnection, scope: TeamScope, now: datetime, told: Told | None = None
) -> Digest:
    """Of the ISO week in the team's zone that ended before `now` (aware). `told`: what the digest before showed."""
    week = week_before(now, scope.timezone)
    report = await team_report(connection, scope, week, now)
    kept = await _kept_weeks(connection, scope.sources, week)
    before = kept[:-1][-BASELINE_WEEKS:]
    baseline: Numbers | None = None
    change: BiggestChange | None = None
    if len(before) >= FEWEST_BASELINE_WEEKS:
        window = joined(before)
        (baseline,) = await read_numbers(connection, scope.sources, [window])
        numbers = (report.numbers, baseline)
        change = await explain_change(connection, scope.sources, (report.window, window), numbers, len(before))
    waiting, waiting_count = await find_waiting(connection, scope.sources, replace(week, end=now), now)
    return Digest(
        report,
        baseline,
        len(before),
        await _trend(connection, scope.sources, kept),
        change,
        await find_failures(connection, scope.sources, report.window, FAILURES),
        waiting[:WAITING],
        waiting_count,
        await _restated(connection, scope.sources, told) if told else None,
    )


async def _kept_weeks(connection: AsyncConnection, sources: Sources, last: Window) -> list[Window]:
    """`last` and weeks before it that were tracked whole and have all their facts, oldest first."""
    facts_since = (await find_kept(connection, sources)).facts_since
    weeks = weeks_until(last, TREND_WEEKS, sources.tracked_since)
    return [week for week in weeks if facts_since is None or week.start >= facts_since]


async def _trend(connection: AsyncConnection, sources: Sources, weeks: Sequence[Window]) -> tuple[TrendWeek, ...]:
    frequencies = await deployment_frequency.read(connection, sources, weeks)
    return tuple(
        TrendWeek(monday_of(week), one.deployments, one.deployments - one.succeeded)
        for week, one in zip(weeks, frequencies, strict=True)
    )


async def _restated(connection: AsyncConnection, sources: Sources, told: Told) -> tuple[Told, Told] | None:
    windows: Sequence[Window] = [told.window]
    (frequency,) = await deployment_frequency.read(connection, sources, windows)
    (failures,) = await change_failure_rate.read(connection, sources, windows)
    (shipped,) = await lead_time.read(connection, sources, windows)
    known = Told(told.window, frequency.deployments, failures.failed, shipped.n)
    return (told, known) if known != told else None


def _told(window: Window, numbers: Numbers) -> Told:
    failed = numbers.change_failure_rate.failed
    return Told(window, numbers.deployment_frequency.deployments, failed, numbers.lead_time.n)
