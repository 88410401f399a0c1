"""Windows are half-open, made of local days, and begin when tracking did."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.windows import ImpossibleWindow, cut_to_tracking, days_window, local_midnight, previous_window
from tests.reports.filling import at, window

BERLIN = "Europe/Berlin"
ZONES = ("UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "Pacific/Apia", "America/Sao_Paulo")


@pytest.mark.parametrize(("monday", "hours"), [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169)])
def test_a_week_across_a_clock_change_is_seven_days(monday: date, hours: int) -> None:
    week = days_window(monday, monday + timedelta(days=7), BERLIN)
    assert week.days == 7
    assert week.end - week.start == timedelta(hours=hours)
    before = previous_window(week)
    assert before.days == 7
    assert before.end - before.start == timedelta(hours=168)
    assert before.end == week.start


def test_an_odd_window_is_measured_in_seconds() -> None:
    odd = window("2026-11-02T06:00", "2026-11-03T18:00")
    assert odd.days == 1.5
    before = previous_window(odd)
    assert (before.start, before.end, before.days) == (at("2026-10-31T18:00"), odd.start, 1.5)


def test_midnights_of_another_zone_are_odd_here() -> None:
    """24 hours from midnight UTC are no calendar day of Berlin, but one day long."""
    odd = window("2026-10-25T00:00", "2026-10-26T00:00", BERLIN)
    assert odd.days == 1.0
    assert window("2026-10-24T22:00", "2026-10-25T23:00", BERLIN).days == 1.0


@pytest.mark.parametrize(
    ("day", "zone"), [(date(2018, 11, 4), "America/Sao_Paulo"), (date(2026, 4, 24), "Africa/Cairo")]
)
def test_a_day_whose_midnight_is_skipped_begins_at_the_change(day: date, zone: str) -> None:
    begins = local_midnight(day, ZoneInfo(zone))
    assert begins.astimezone(ZoneInfo(zone)).strftime("%F %R") == f"{day} 01:00"
    assert (begins - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == day - timedelta(days=1)


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.integers(1, 700), st.sampled_from(ZONES))
def test_windows_of_days_follow_each_other(first: date, count: int, zone: str) -> None:
    """As many days before, without gap or overlap, in every zone."""
    one = days_window(first, first + timedelta(days=count), zone)
    before = previous_window(one)
    assert before.end == one.start
    assert before.days == one.days == count


def test_a_window_is_cut_to_the_local_day_on_which_tracking_began() -> None:
    asked = window("2026-10-31T23:00", "2026-11-08T23:00", BERLIN)
    cut = cut_to_tracking(asked, at("2026-11-03T22:59"))
    assert cut is not None
    assert (cut.start, cut.end) == (at("2026-11-02T23:00"), asked.end)
    assert cut.days == 6
    assert cut.asked_start == asked.start


def test_a_window_that_begins_with_tracking_is_whole() -> None:
    week = window("2026-11-02", "2026-11-09")
    assert cut_to_tracking(week, at("2026-11-02T23:59")) == week
    assert cut_to_tracking(week, at("2020-01-01")) == week


def test_a_window_before_tracking_is_none() -> None:
    week = window("2026-11-02", "2026-11-09")
    assert cut_to_tracking(week, at("2026-11-09")) is None
    assert cut_to_tracking(week, at("2026-11-08T23:59")) is not None


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-02", "2026-11-02"),
        ("2026-11-03", "2026-11-02"),
        ("2020-01-01", "2026-01-01"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-30", "9999-12-31"),
    ],
)
def test_backwards_endless_and_absurd_windows_are_refused(start: str, end: str) -> None:
    with pytest.raises(ImpossibleWindow):
        window(start, end)


def test_five_years_are_the_most() -> None:
    assert window("2020-01-01", "2025-01-01").days == 1827
    with pytest.raises(ImpossibleWindow, match="five years"):
        window("2020-01-01", "2025-01-02")


def test_times_of_other_offsets_are_the_same_moments() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    same = days_window(date(2026, 11, 2), date(2026, 11, 3), "Asia/Tokyo")
    assert same.start == datetime(2026, 11, 2, tzinfo=tokyo)
    assert same.start.tzinfo is UTC
