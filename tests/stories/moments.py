"""Moments of a story: `d2 10:30` is half past ten on its second day."""

import re
from datetime import UTC, datetime, timedelta

# Day 1 of every story is a Monday.
FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
MOMENT = re.compile(r"d(-?\d+) (\d\d):(\d\d)(?::(\d\d))?")


def moment(text: str) -> datetime:
    """In UTC; `d-40 ...` lies before the story."""
    found = MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no moment: write d2 10:30")
    day, hour, minute, second = (int(part or 0) for part in found.groups())
    return FIRST_DAY + timedelta(days=day - 1, hours=hour, minutes=minute, seconds=second)
