"""Windows of time: half-open, on the local days of an IANA zone."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reports.report import Window

# Five years, two of them leap years: so long weeks are kept.
LONGEST_DAYS = 1827
SECONDS_PER_DAY = 86_400
# Room for arithmetic on both sides of what a database and a zone can hold.
FIRST_YEAR, LAST_YEAR = 1971, 2100


class UnknownTimezone(ValueError):
    """The zone's name is not known; the message says so to the person who gave it."""


class ImpossibleWindow(ValueError):
    """The window cannot be: backwards, empty, too long or absurd; the message says which."""


def find_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name such as Europe/Berlin. Raises `UnknownTimezone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder of zones
        raise UnknownTimezone(
            f"There is no time zone {name!r}. Use an IANA name such as Europe/Berlin, America/New_York or UTC."
        ) from error


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins in the zone, in UTC; where a clock change skips midnight, the moment of the change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def count_days(start: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Local calendar days when both ends are local midnights (a week is 7, also when a clock changes), else
    seconds / 86400."""
    first, last = local_day(start, zone), local_day(end, zone)
    if local_midnight(first, zone) == start and local_midnight(last, zone) == end:
        return float((last - first).days)
    return (end - start).total_seconds() / SECONDS_PER_DAY


def window_between(start: datetime, end: datetime, timezone: str) -> Window:
    """The window [start, end) of aware times. Raises `ImpossibleWindow` and `UnknownTimezone`."""
    zone = find_zone(timezone)
    if not (FIRST_YEAR <= start.year <= LAST_YEAR and FIRST_YEAR <= end.year <= LAST_YEAR):
        raise ImpossibleWindow(f"The window must lie between the years {FIRST_YEAR} and {LAST_YEAR}.")
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        raise ImpossibleWindow("The window must begin before it ends (its end is not part of it).")
    days = count_days(start, end, zone)
    if days > LONGEST_DAYS:
        raise ImpossibleWindow("The window is longer than five years, which is the most that is answered at once.")
    return Window(start, end, timezone, days)


def days_window(first: date, after_last: date, timezone: str) -> Window:
    """The local days [first, after_last)."""
    zone = find_zone(timezone)
    return window_between(local_midnight(first, zone), local_midnight(after_last, zone), timezone)


def previous_window(window: Window) -> Window:
    """As many local days (for odd windows: as many seconds), ending where the window begins."""
    zone = find_zone(window.timezone)
    first, after_last = local_day(window.start, zone), local_day(window.end, zone)
    if local_midnight(first, zone) == window.start and local_midnight(after_last, zone) == window.end:
        start = local_midnight(first - (after_last - first), zone)
    else:
        start = window.start - (window.end - window.start)
    return Window(start, window.start, window.timezone, count_days(start, window.start, zone))


def cut_to_tracking(window: Window, tracked_since: datetime) -> Window | None:
    """The part of the window from the local day on which tracking began; None when it all lies before."""
    zone = find_zone(window.timezone)
    beginning = local_midnight(local_day(tracked_since, zone), zone)
    if window.start >= beginning:
        return window
    if window.end <= beginning:
        return None
    days = count_days(beginning, window.end, zone)
    return replace(window, start=beginning, days=days, asked_start=window.start)
