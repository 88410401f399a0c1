"""When a digest comes, in the words people type: `mon 09:30 Europe/Berlin`, in any order, each left out at will."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

from bot.commands.naming import similar

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DEFAULT_WEEKDAY, DEFAULT_TIME = 1, "09:00"
FEWEST_LETTERS = 3
# 9:30, 09:30, 9am, 9:30pm
TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?(?P<half>am|pm)?", re.ASCII | re.IGNORECASE)
FILLERS = {"at", "on", "every", "in", "to", "for", "weekly"}


@dataclass(frozen=True, slots=True)
class SaidHour:
    """None: nothing was said of it."""

    # ISO weekday, 1 is Monday.
    weekday: int | None = None
    # "HH:MM"
    local_time: str | None = None
    timezone: str | None = None


class NotAnHour(ValueError):
    """`word` is no part of it; `meant`: what it may have been."""

    def __init__(self, word: str, meant: list[str]) -> None:
        super().__init__(word)
        self.word = word
        self.meant = meant


def read_hour(words: Iterable[str]) -> SaidHour:
    """Raises `NotAnHour` for the first word that is none of the three, or says one of them again."""
    weekday: int | None = None
    local_time: str | None = None
    timezone: str | None = None
    for word in words:
        if word.lower() in FILLERS:
            continue
        if weekday is None and (found := _weekday(word)):
            weekday = found
        elif local_time is None and (said := _time(word)):
            local_time = said
        elif timezone is None and (zone := _zones().get(word.casefold())):
            timezone = zone
        else:
            raise NotAnHour(word, similar(word, _zones().values()) if "/" in word else similar(word, WEEKDAYS))
    return SaidHour(weekday, local_time, timezone)


def read_timezone(word: str) -> str:
    """Raises `NotAnHour`."""
    if zone := _zones().get(word.strip().casefold()):
        return zone
    raise NotAnHour(word, similar(word, _zones().values()))


def _weekday(word: str) -> int | None:
    said = word.lower().rstrip(".")
    # "mondays" too.
    for number, name in enumerate(WEEKDAYS, start=1):
        if len(said) >= FEWEST_LETTERS and (name.startswith(said) or said == f"{name}s"):
            return number
    return None


def _time(word: str) -> str | None:
    match = TIME.fullmatch(word)
    if match is None or not (match["minute"] or match["half"]):
        return None
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].lower() == "pm" else 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


@cache
def _zones() -> dict[str, str]:
    """By their names in small letters, as people type them."""
    return {name.casefold(): name for name in available_timezones()}
