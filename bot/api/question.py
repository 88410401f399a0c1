"""The query of a request for metrics: which window, in which zone, of which service."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from bot.api.problems import Problem
from bot.commands.naming import similar
from reports.period import DEFAULT_PERIOD, ImpossiblePeriod, UnknownPeriod, parse_period
from reports.report import Window
from reports.windows import ImpossibleWindow, UnknownTimezone, find_zone, local_day, local_midnight, window_between

PARAMETERS = ("from", "to", "period", "tz", "service")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# A `+` that was not percent-encoded arrives as a space.
OFFSET_WITHOUT_SIGN = re.compile(r"(T.*) (\d\d:?\d\d)$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Question:
    window: Window
    service: str | None


def read_question(
    query: Mapping[str, str], timezone: str, now: datetime, parameters: tuple[str, ...] = PARAMETERS
) -> Question:
    """`timezone` is that of the scope, for queries that name none; `parameters` are those that may be there. Raises
    `Problem`: 400 for what cannot be read, 422 for a window that cannot be."""
    for name in query:
        if name not in parameters:
            guess = "".join(f" Did you mean `{likely}`?" for likely in similar(name, parameters)[:1])
            raise unreadable(
                "unknown_parameter", f"There is no parameter {name!r}.{guess} Known: {', '.join(parameters)}."
            )
    try:
        timezone = query.get("tz") or timezone
        window = _read_window(query, find_zone(timezone), timezone, now)
    except UnknownTimezone as error:
        raise unreadable("unknown_timezone", str(error)) from error
    except (ImpossiblePeriod, ImpossibleWindow) as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "impossible_window", str(error)) from error
    except UnknownPeriod as error:
        raise unreadable("unknown_period", str(error)) from error
    return Question(window, query.get("service") or None)


def _read_window(query: Mapping[str, str], zone: ZoneInfo, timezone: str, now: datetime) -> Window:
    if not ("from" in query or "to" in query):
        return parse_period(query.get("period", DEFAULT_PERIOD), timezone, now)
    if "period" in query:
        raise unreadable("two_windows", "Give either `period`, or `from` and `to`.")
    if "from" not in query:
        raise unreadable("from_missing", "`to` needs a `from`.")
    start = _read_moment("from", query["from"], zone)
    if "to" in query:
        end = _read_moment("to", query["to"], zone)
    else:
        end = local_midnight(local_day(now, zone) + timedelta(days=1), zone)
    return window_between(start, end, timezone)


def _read_moment(name: str, text: str, zone: ZoneInfo) -> datetime:
    """A date is its local midnight; a time without offset is local."""
    try:
        if DATE.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time(), zone)
        else:
            moment = datetime.fromisoformat(OFFSET_WITHOUT_SIGN.sub(r"\1+\2", text))
    except ValueError as error:
        message = f"`{name}` is no ISO 8601 date or time: {text[:40]!r}. Write 2026-10-01 or 2026-10-01T08:00:00Z."
        raise unreadable("unreadable_time", message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def unreadable(code: str, message: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, code, message)
