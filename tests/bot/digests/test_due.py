"""Which digests are due: on their local hour, whatever the clocks of the world do."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from bot.digests.due import Hour, firing, last_firing, next_firing, next_run, what_is_due
from storage.subscriptions import Subscription

MADE = datetime(2026, 1, 1, tzinfo=UTC)
ID = uuid4()
# Both hemispheres, half hours, half-hour daylight saving, changes at midnight, Ramadan, and no daylight saving at all.
ZONES = (
    *("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"),
    *("Africa/Casablanca", "Asia/Beirut", "Pacific/Apia", "America/Santiago", "Pacific/Auckland", "Asia/Tokyo", "UTC"),
)
# Clocks change on Sundays nearly everywhere.
HOURS = ((1, "09:30"), (7, "00:00"), (7, "00:30"), (7, "02:15"), (7, "02:30"), (7, "03:00"), (6, "23:59"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def subscription(
    weekday: int = 1,
    local_time: str = "09:30",
    timezone: str = "Europe/Berlin",
    told: datetime | None = None,
    since: datetime = MADE,
    subscription_id: UUID = ID,
) -> Subscription:
    return Subscription(
        subscription_id, "platform", "Platform", "C1", weekday, local_time, timezone, "U1", since, None, None, told,
        "sent" if told else None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "wall", "zone", "moment"),
    [
        ("2026-11-23", "09:30", "Europe/Berlin", "2026-11-23T08:30"),
        ("2026-07-06", "09:30", "Europe/Berlin", "2026-07-06T07:30"),
        # 02:00 to 03:00 does not exist: the first moment after it.
        ("2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", "02:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-03-29", "03:00", "Europe/Berlin", "2026-03-29T01:00"),
        # It exists twice: the first.
        ("2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-03-08", "02:30", "America/New_York", "2026-03-08T07:00"),
        ("2026-11-01", "01:30", "America/New_York", "2026-11-01T05:30"),
        # Half an hour is skipped.
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:30"),
        # The whole day is.
        ("2011-12-30", "09:30", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_a_wall_clock_time_is_one_moment(day: str, wall: str, zone: str, moment: str) -> None:
    assert firing(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone)) == at(moment)


def test_the_moment_itself_is_the_last_one_and_the_next_is_a_week_later() -> None:
    hour = Hour(1, time(9, 30), ZoneInfo("Europe/Berlin"))
    monday = at("2026-11-23T08:30")
    assert last_firing(hour, monday) == monday
    assert last_firing(hour, monday - timedelta(seconds=1)) == at("2026-11-16T08:30")
    assert next_firing(hour, monday) == at("2026-11-30T08:30")
    assert next_firing(hour, monday - timedelta(seconds=1)) == monday


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_hourly_ticks_fires_every_week_on_the_local_hour(zone: str) -> None:
    """Ticks come late and the clock of the wall jumps; each week has one digest, none has two."""
    start = at("2026-01-01T00:17")
    told: dict[UUID, datetime] = {}
    hours = {uuid4(): hour for hour in HOURS}
    fired: Counter[UUID] = Counter()
    for tick in range(366 * 24):
        now = start + timedelta(hours=tick)
        subscriptions = [
            subscription(weekday, local_time, zone, told.get(key), start, key)
            for key, (weekday, local_time) in hours.items()
        ]
        due = what_is_due(subscriptions, now)
        assert due.too_late == []
        for key, moment in due.now:
            assert now - moment < timedelta(hours=1)
            fired[key] += 1
            told[key] = moment
            local = moment.astimezone(ZoneInfo(zone))
            weekday, wall = hours[key]
            assert local.isoweekday() == weekday
            # Only what a clock change skipped comes at another time, and at once after the gap.
            if f"{local:%H:%M}" != wall:
                assert (moment - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).utcoffset() != local.utcoffset()
    assert {*fired} == {*hours}
    assert {*fired.values()} <= {52, 53}


def test_what_was_told_is_not_due_again_and_what_was_missed_for_a_day_still_is() -> None:
    monday = at("2026-11-23T08:30")
    assert what_is_due([subscription()], monday).now == [(ID, monday)]
    assert what_is_due([subscription(told=monday)], monday + timedelta(hours=3)).now == []
    assert what_is_due([subscription()], monday + timedelta(hours=24)).now == [(ID, monday)]
    late = what_is_due([subscription()], monday + timedelta(hours=24, minutes=1))
    assert (late.now, late.too_late) == ([], [(ID, monday)])


def test_nothing_was_due_before_the_subscription_was_made() -> None:
    monday = at("2026-11-23T08:30")
    made = subscription(since=monday + timedelta(minutes=1))
    due = what_is_due([made], monday + timedelta(hours=2))
    assert (due.now, due.too_late) == ([], [])
    assert next_run(made, monday + timedelta(hours=2)) == at("2026-11-30T08:30")


def test_an_operator_may_name_a_moment_before_the_subscription_was_made() -> None:
    monday = at("2026-11-23T08:30")
    assert what_is_due([subscription(since=at("2026-12-24T00:00"))], monday).now == [(ID, monday)]
    later = what_is_due([subscription(since=at("2026-12-24T00:00"))], monday + timedelta(days=3))
    assert (later.now, later.too_late) == ([], [])


def test_a_changed_hour_or_rule_does_not_send_the_same_digest_again() -> None:
    """The zone's rules were updated between two ticks, or somebody moved the hour an hour on: a day is kept between."""
    monday = at("2026-11-23T08:30")
    moved = subscription(local_time="10:30", told=monday, since=monday + timedelta(minutes=5))
    assert what_is_due([moved], monday + timedelta(hours=2)).now == []
    assert next_run(moved, monday + timedelta(minutes=6)) == at("2026-11-30T09:30")
    to_thursday = subscription(weekday=4, told=monday, since=monday + timedelta(minutes=5))
    assert next_run(to_thursday, monday + timedelta(minutes=6)) == at("2026-11-26T08:30")
