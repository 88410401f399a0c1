"""The words people type mean the windows they mean by them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.period import ImpossiblePeriod, UnknownPeriod, parse_period
from reports.windows import LONGEST_DAYS, UnknownTimezone

# A Monday evening; in Tokyo it is Tuesday.
NOW = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)


def days_of(text: str, timezone: str = "UTC", now: datetime = NOW) -> tuple[str, str]:
    """First day, and the day after the last, in UTC."""
    window = parse_period(text, timezone, now)
    assert window.start.tzinfo is UTC
    assert window.end.tzinfo is UTC
    return window.start.isoformat()[:16], window.end.isoformat()[:16]


@pytest.mark.parametrize(
    ("text", "first", "after_last"),
    [
        ("", "2026-10-25", "2026-11-24"),
        ("30d", "2026-10-25", "2026-11-24"),
        (" 30D ", "2026-10-25", "2026-11-24"),
        ("last 30 days", "2026-10-25", "2026-11-24"),
        ("1d", "2026-11-23", "2026-11-24"),
        ("7d", "2026-11-17", "2026-11-24"),
        ("12w", "2026-09-01", "2026-11-24"),
        ("3m", "2026-08-24", "2026-11-24"),
        ("12m", "2025-11-24", "2026-11-24"),
        ("2y", "2024-11-24", "2026-11-24"),
        ("5y", "2021-11-24", "2026-11-24"),
        ("today", "2026-11-23", "2026-11-24"),
        ("yesterday", "2026-11-22", "2026-11-23"),
        ("this week", "2026-11-23", "2026-11-24"),
        ("last  week", "2026-11-16", "2026-11-23"),
        ("this month", "2026-11-01", "2026-11-24"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("2026-W40", "2026-09-28", "2026-10-05"),
        ("2026w40", "2026-09-28", "2026-10-05"),
        ("2020-W53", "2020-12-28", "2021-01-04"),
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2025-12", "2025-12-01", "2026-01-01"),
        ("2026-10-14", "2026-10-14", "2026-10-15"),
        ("2026-10-01..2026-10-31", "2026-10-01", "2026-11-01"),
        ("2026-10-01 .. 2026-10-01", "2026-10-01", "2026-10-02"),
    ],
)
def test_words_mean_whole_local_days(text: str, first: str, after_last: str) -> None:
    assert days_of(text) == (f"{first}T00:00", f"{after_last}T00:00")


def test_today_is_the_day_of_the_zone() -> None:
    assert days_of("today", "Asia/Tokyo") == ("2026-11-23T15:00", "2026-11-24T15:00")
    assert days_of("today", "America/New_York") == ("2026-11-23T05:00", "2026-11-24T05:00")


def test_a_week_in_which_the_clock_changes_has_seven_days() -> None:
    window = parse_period("2026-W43", "Europe/Berlin", NOW)
    assert (window.end - window.start).total_seconds() == 169 * 3600
    assert window.days == 7


def test_months_end_where_the_shorter_month_ends() -> None:
    march = datetime(2026, 3, 30, 12, tzinfo=UTC)
    assert days_of("1m", now=march) == ("2026-02-28T00:00", "2026-03-31T00:00")


@pytest.mark.parametrize("text", ["0d", "0w", "00m", "1828d", "262w", "61m", "6y", "99999999999999999999d"])
def test_no_days_and_more_than_five_years_are_refused(text: str) -> None:
    with pytest.raises(ImpossiblePeriod):
        parse_period(text, "UTC", NOW)


@pytest.mark.parametrize(
    "text",
    [
        *("2026-W54", "2026-W00", "2026-13", "2026-00", "2026-02-30", "0001-01", "0000-W10", "9999-12", "9999-12-31"),
        *("2026-10-31..2026-10-01", "2020-01-01..2026-01-01", "0001-01-01..0001-01-02", "9999-12-31..9999-12-31"),
    ],
)
def test_days_that_no_calendar_has_are_refused(text: str) -> None:
    with pytest.raises(ImpossiblePeriod):
        parse_period(text, "UTC", NOW)


@pytest.mark.parametrize(
    "text", ["fortnight", "30", "d", "-7d", "7.5d", "٣d", "2026-10-01..", "last", "30d 7d", "\x00"]
)
def test_what_is_no_period_is_answered_with_examples(text: str) -> None:
    with pytest.raises(UnknownPeriod, match="2026-W40") as refused:
        parse_period(text, "UTC", NOW)
    assert not isinstance(refused.value, ImpossiblePeriod)


def test_an_unknown_zone_is_named() -> None:
    for name in ("Europe/Bonn", "America", "../etc/passwd", "", "UTC\x00"):
        with pytest.raises(UnknownTimezone, match="IANA"):
            parse_period("30d", name, NOW)


@given(st.text(max_size=30))
def test_any_text_is_a_window_or_a_sentence(text: str) -> None:
    assert said_or_days(text)


def said_or_days(text: str) -> bool:
    try:
        window = parse_period(text, "Europe/Berlin", NOW)
    except UnknownPeriod as error:
        return str(error).endswith(".")
    return 0 < window.days <= LONGEST_DAYS
