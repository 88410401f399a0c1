"""Every form of time that the providers send is understood; whatever is none is refused, and never overflows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.times import LATEST_SECONDS, Time, parse_time, required_time
from handlers.verdicts import Unreadable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-12-03T17:23:34Z", datetime(2013, 12, 3, 17, 23, 34, tzinfo=UTC)),
        ("2011-12-12T14:27:31+02:00", datetime(2011, 12, 12, 12, 27, 31, tzinfo=UTC)),
        ("2016-08-12 15:23:28 UTC", datetime(2016, 8, 12, 15, 23, 28, tzinfo=UTC)),
        ("2021-04-28 21:50:00 +0200", datetime(2021, 4, 28, 19, 50, tzinfo=UTC)),
        ("2021-02-23T02:41:37.886Z", datetime(2021, 2, 23, 2, 41, 37, 886000, tzinfo=UTC)),
        ("2021-04-28T22:32:50.000-04:00", datetime(2021, 4, 29, 2, 32, 50, tzinfo=UTC)),
        (1557933565, datetime(2019, 5, 15, 15, 19, 25, tzinfo=UTC)),
    ],
)
def test_each_form_gives_the_same_moment_in_utc(text: Time, expected: datetime) -> None:
    parsed = parse_time(text)
    assert parsed == expected
    assert parsed is not None
    assert parsed.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        "2026-03-01",
        "2026-03-01T10:00:00",
        "2026-02-30T10:00:00Z",
        "2026-03-01 10:00:00 CET",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T23:59:59Z",
        "\ud800",
        "9" * 500,
        0,
        -1,
        2**63,
        10**400,
        float("inf"),
        float("nan"),
    ],
)
def test_what_is_no_moment_with_a_zone_within_reason_is_none(value: Time) -> None:
    assert parse_time(value) is None


def test_a_required_time_that_is_missing_is_named() -> None:
    with pytest.raises(Unreadable, match=r"^Its `issue\.updated_at` is missing\.$"):
        required_time(None, "issue.updated_at")


def test_a_required_time_that_is_none_is_quoted() -> None:
    with pytest.raises(Unreadable, match=r"`created_at` is no time with a zone.*'2026-03-01'"):
        required_time("2026-03-01", "created_at")


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.datetimes().map(str)))
def test_nothing_makes_it_raise(value: Time) -> None:
    parsed = parse_time(value)
    assert parsed is None or parsed.tzinfo is UTC


@given(seconds=st.integers(2 * 86_400, LATEST_SECONDS - 86_400), minutes=st.integers(-23 * 60, 23 * 60))
def test_whatever_the_zone_the_moment_is_the_same(seconds: int, minutes: int) -> None:
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    assert parse_time(moment.isoformat()) == moment == parse_time(seconds)
