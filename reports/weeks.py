"""ISO weeks, Monday to Monday, on the local days of a zone."""

from datetime import date, datetime, timedelta

from reports.report import Window
from reports.windows import days_window, find_zone, local_day, local_midnight

ONE_WEEK = timedelta(days=7)


def week_before(moment: datetime, timezone: str) -> Window:
    """The last ISO week that had ended at `moment` (aware)."""
    today = local_day(moment, find_zone(timezone))
    monday = today - timedelta(days=today.weekday())
    return days_window(monday - ONE_WEEK, monday, timezone)


def monday_of(week: Window) -> date:
    """The day on which a week begins."""
    return local_day(week.start, find_zone(week.timezone))


def weeks_until(last: Window, count: int, tracked_since: datetime | None) -> list[Window]:
    """`last` and the weeks before it, oldest first; at most `count`, and only those that were tracked whole."""
    if tracked_since is None:
        return []
    zone = find_zone(last.timezone)
    tracked_from = local_midnight(local_day(tracked_since, zone), zone)
    mondays = [monday_of(last) - weeks * ONE_WEEK for weeks in reversed(range(count))]
    weeks = [days_window(monday, monday + ONE_WEEK, last.timezone) for monday in mondays]
    return [week for week in weeks if week.start >= tracked_from]


def joined(weeks: list[Window]) -> Window:
    """Weeks in a row as one window."""
    first, last = weeks[0], weeks[-1]
    return Window(first.start, last.end, first.timezone, sum(week.days for week in weeks))
