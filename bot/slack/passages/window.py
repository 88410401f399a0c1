"""Which time an answer is about, in words."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.report import Report, Window

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DASH = "\N{EN DASH}"


def window_in_words(window: Window) -> str:
    """`27 Oct to 25 Nov 2026, Europe/Berlin`, with a dash: local days, the last included; odd windows with hours."""
    zone = ZoneInfo(window.timezone)
    start, end = window.start.astimezone(zone), window.end.astimezone(zone)
    if _whole_days(window, zone):
        first, last = start.date(), (end - timedelta(microseconds=1)).date()
        days = _day(first) if first == last else f"{_day(first, beside=last)} {DASH} {_day(last)}"
    else:
        days = f"{_day(start.date())} {start:%H:%M} {DASH} {_day(end.date())} {end:%H:%M}"
    return f"{days}, {window.timezone}"


def length_in_words(window: Window) -> str:
    days = round(window.days, 1)
    return "1 day" if days == 1 else f"{f'{days:,.1f}'.removesuffix('.0')} days"


def moment_in_words(moment: datetime, zone: ZoneInfo) -> str:
    """`3 Nov 10:02`, on the zone's clocks."""
    local = moment.astimezone(zone)
    return f"{local.day} {MONTHS[local.month - 1]} {local:%H:%M}"


def comparison(report: Report) -> str | None:
    """What the changes are measured against; None when there is nothing (a remark on the data says why)."""
    if report.previous_window is None:
        return None
    return f"Compared with {window_in_words(report.previous_window).rpartition(', ')[0]}."


def _whole_days(window: Window, zone: ZoneInfo) -> bool:
    return all(_is_midnight(moment, zone) for moment in (window.start, window.end))


def _is_midnight(moment: datetime, zone: ZoneInfo) -> bool:
    """Also the first moment of a day whose midnight a clock change skips."""
    local = moment.astimezone(zone)
    return local.date() != (moment - timedelta(microseconds=1)).astimezone(zone).date()


def _day(day: date, beside: date | None = None) -> str:
    """`27 Oct 2026`; beside another day of the same year without the year."""
    text = f"{day.day} {MONTHS[day.month - 1]}"
    return text if beside is not None and day.year == beside.year else f"{text} {day.year}"
