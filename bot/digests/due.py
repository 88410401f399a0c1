"""Which digests are due at a moment. Pure: no clock, no database.

A local time that a clock change skips fires at the first moment after the gap; one that happens twice, at the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from storage.digests import CLOSEST
from storage.subscriptions import Subscription

# A digest that could not be sent in time is still worth reading for so long.
CATCH_UP = timedelta(hours=24)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """Once a week; `weekday` is ISO's, 1 is Monday."""

    weekday: int
    local_time: time
    zone: ZoneInfo


@dataclass(slots=True)
class WhatIsDue:
    """Pairs of a subscription's id and the moment at which its digest was due."""

    now: list[tuple[UUID, datetime]] = field(default_factory=list)
    # Longer ago than a digest is worth reading.
    too_late: list[tuple[UUID, datetime]] = field(default_factory=list)


def hour_of(subscription: Subscription) -> Hour:
    return Hour(subscription.weekday, time.fromisoformat(subscription.local_time), ZoneInfo(subscription.timezone))


def what_is_due(subscriptions: Iterable[Subscription], now: datetime) -> WhatIsDue:
    """Those that have no run for their last moment yet; `now` is aware."""
    due = WhatIsDue()
    for subscription in subscriptions:
        moment = last_firing(hour_of(subscription), now)
        told = subscription.last_scheduled_for
        if told is not None and moment < told + CLOSEST:
            continue
        # A moment given by an operator may lie before the subscription was made.
        if moment < subscription.active_since <= now:
            continue
        if now - moment <= CATCH_UP:
            due.now.append((subscription.id, moment))
        elif moment >= subscription.active_since:
            due.too_late.append((subscription.id, moment))
    return due


def next_run(subscription: Subscription, now: datetime) -> datetime:
    """When its next digest is due (UTC)."""
    told = subscription.last_scheduled_for
    after = now if told is None else max(now, told + CLOSEST - timedelta(microseconds=1))
    return next_firing(hour_of(subscription), after)


def last_firing(hour: Hour, now: datetime) -> datetime:
    """The latest moment, in UTC, not after `now`."""
    today = now.astimezone(hour.zone).date()
    day = today - (today.isoweekday() - hour.weekday) % 7 * ONE_DAY
    moment = firing(day, hour.local_time, hour.zone)
    return moment if moment <= now else firing(day - 7 * ONE_DAY, hour.local_time, hour.zone)


def next_firing(hour: Hour, now: datetime) -> datetime:
    """The earliest moment, in UTC, after `now`."""
    today = now.astimezone(hour.zone).date()
    # A day earlier: one that a clock change skipped as a whole ends today.
    day = today - ONE_DAY + (hour.weekday - today.isoweekday() + 1) % 7 * ONE_DAY
    while (moment := firing(day, hour.local_time, hour.zone)) <= now:
        day += 7 * ONE_DAY
    return moment


def firing(day: date, local_time: time, zone: ZoneInfo) -> datetime:
    """When the wall clock shows this time on this day, in UTC; see above for times that it skips or shows twice."""
    wall = datetime.combine(day, local_time, zone)
    moment = wall.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return moment
    # In a gap both readings are beside it: the one with the later offset before, the other after the change.
    before, after = wall.replace(fold=1).astimezone(UTC), moment
    later_offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == later_offset:
            after = middle
        else:
            before = middle
    return after
