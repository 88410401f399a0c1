"""Periods in the words people type: `30d`, `last week`, `2026-W40`."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, datetime, timedelta

from reports.report import Window
from reports.windows import (
    FIRST_YEAR,
    LAST_YEAR,
    LONGEST_DAYS,
    ImpossibleWindow,
    UnknownTimezone,
    days_window,
    find_zone,
    local_day,
    previous_window,
    window_between,
)

__all__ = [
    "DEFAULT_PERIOD",
    "EXAMPLES",
    "ImpossiblePeriod",
    "UnknownPeriod",
    "UnknownTimezone",
    "parse_period",
    "previous_window",
    "window_between",
]

DEFAULT_PERIOD = "30d"
EXAMPLES = "7d, 30d, 12w, 3m, today, yesterday, this week, last month, 2026-W40, 2026-10 or 2026-10-01..2026-10-31"
ONE_DAY = timedelta(days=1)
LONGEST_MONTHS = 60

Days = tuple[date, date]


class UnknownPeriod(ValueError):
    """The words are no period; the message says so, with examples, to the person who typed them."""


class ImpossiblePeriod(UnknownPeriod):
    """The words are understood, but no such window can be: of no days, backwards, or longer than five years."""


def parse_period(text: str, timezone: str, now: datetime) -> Window:
    """The window that the words mean on the local day of `now` (aware). No words: the last 30 days.

    Periods that reach today end at the next local midnight. Raises `UnknownPeriod`, and `UnknownTimezone`.
    """
    today = local_day(now, find_zone(timezone))
    words = " ".join(text.split()).lower() or DEFAULT_PERIOD
    try:
        first, after_last = _days(words, today)
        return days_window(first, after_last, timezone)
    except ImpossibleWindow as error:
        raise ImpossiblePeriod(f"{_quoted(text)} cannot be a period. {error}") from error


def _days(words: str, today: date) -> Days:
    if named := NAMED.get(words):
        return named(today)
    for pattern, read in WRITTEN:
        if match := pattern.fullmatch(words):
            try:
                return read(match, today)
            # A day 2026-02-30, a week 2026-W60, or beyond what a date can hold.
            except (ValueError, OverflowError) as error:
                if isinstance(error, UnknownPeriod):
                    raise
                raise ImpossiblePeriod(f"{_quoted(words)} is not in the calendar. Try {EXAMPLES}.") from error
    raise UnknownPeriod(f"{_quoted(words)} is not a period I know. Try {EXAMPLES}.")


def _quoted(words: str) -> str:
    return f"“{words[:40]}…”" if len(words) > 40 else f"“{words}”"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _last(match: re.Match[str], today: date) -> Days:
    amount, unit = int(match["amount"][:9]), match["unit"][0]
    if amount == 0:
        raise ImpossiblePeriod(f"A period has at least one day. Try {EXAMPLES}.")
    tomorrow = today + ONE_DAY
    if unit in "dw":
        days = amount * (7 if unit == "w" else 1)
        too_long = days > LONGEST_DAYS
    else:
        months = amount * (12 if unit == "y" else 1)
        too_long = months > LONGEST_MONTHS
    if too_long:
        raise ImpossiblePeriod(f"{_quoted(match[0])} is longer than five years, which is the most. Try {EXAMPLES}.")
    return (tomorrow - timedelta(days=days) if unit in "dw" else _months_before(tomorrow, months)), tomorrow


def _week(match: re.Match[str], _today: date) -> Days:
    monday = date.fromisocalendar(_year(match), int(match["week"]), 1)
    return monday, monday + 7 * ONE_DAY


def _month(match: re.Match[str], _today: date) -> Days:
    first = date(_year(match), int(match["month"]), 1)
    return first, _months_before(first, -1)


def _day(match: re.Match[str], _today: date) -> Days:
    day = date.fromisoformat(match[0])
    return day, day + ONE_DAY


def _range(match: re.Match[str], _today: date) -> Days:
    """Both days belong to it, as people write it."""
    return date.fromisoformat(match["first"]), date.fromisoformat(match["last"]) + ONE_DAY


def _year(match: re.Match[str]) -> int:
    year = int(match["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ImpossiblePeriod(f"There is nothing in the year {year}. Try {EXAMPLES}.")
    return year


NAMED: dict[str, Callable[[date], Days]] = {
    "today": lambda today: (today, today + ONE_DAY),
    "yesterday": lambda today: (today - ONE_DAY, today),
    "this week": lambda today: (_monday(today), today + ONE_DAY),
    "last week": lambda today: (_monday(today) - 7 * ONE_DAY, _monday(today)),
    "this month": lambda today: (today.replace(day=1), today + ONE_DAY),
    "last month": lambda today: (_months_before(today.replace(day=1), 1), today.replace(day=1)),
}
DAY = r"\d{4}-\d{2}-\d{2}"
WRITTEN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], date], Days]], ...] = tuple(
    (re.compile(pattern, re.ASCII), read)
    for pattern, read in (
        (r"(?:the )?(?:last )?(?P<amount>\d+) ?(?P<unit>d|days?|w|weeks?|m|months?|y|years?)", _last),
        (r"(?P<year>\d{4})-?w(?P<week>\d{1,2})", _week),
        (r"(?P<year>\d{4})-(?P<month>\d{2})", _month),
        (DAY, _day),
        (rf"(?P<first>{DAY}) ?\.\. ?(?P<last>{DAY})", _range),
    )
)
