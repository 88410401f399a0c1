"""Working time: the history is written in minutes at work, so that it keeps its shape whatever day it ends on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAYS = 120
WORKING_DAYS = 81
MINUTES_A_DAY = 9 * 60
TOTAL_MINUTES = WORKING_DAYS * MINUTES_A_DAY
# Weeks before the last day in which the whole company was away; from Monday to Friday nothing happens.
QUIET_WEEKS_AGO = 8
_OPENING = time(8, 30, tzinfo=UTC)
# What begins late goes on after the last day; it is planned and never told.
_DAYS_AFTER = 40


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Maps minutes at work to moments. Minute 0 opens the first working day; `end` is the last midnight (UTC)."""

    days: tuple[date, ...]
    quiet_monday: date
    end: datetime

    def at(self, minute: float) -> datetime:
        """The moment of a minute at work, in UTC."""
        day, minute_of_day = divmod(max(minute, 0.0), MINUTES_A_DAY)
        opening = datetime.combine(self.days[min(int(day), len(self.days) - 1)], _OPENING)
        return (opening + timedelta(minutes=minute_of_day)).replace(microsecond=0)


def working_time(today: date) -> WorkingTime:
    """The working days before `today` (which itself is played live), without weekends and the quiet week."""
    quiet_monday = today - timedelta(days=today.weekday(), weeks=QUIET_WEEKS_AGO)
    before: list[date] = []
    day = today
    while len(before) < WORKING_DAYS:
        day -= timedelta(days=1)
        if day.weekday() < 5 and not quiet_monday <= day < quiet_monday + timedelta(days=7):
            before.append(day)
    after = [today + timedelta(days=ahead) for ahead in range(2 * _DAYS_AFTER)]
    days = (*reversed(before), *[day for day in after if day.weekday() < 5][:_DAYS_AFTER])
    return WorkingTime(days, quiet_monday, datetime.combine(today, time(), tzinfo=UTC))
