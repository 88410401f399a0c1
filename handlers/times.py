"""The providers' time formats.

GitHub sends ISO 8601 and, for the repository in a push, Unix seconds. GitLab sends four forms, and the same field
changes its form between a real hook and the "Test" button (`2013-12-03T17:23:34Z`, `2011-12-12T14:27:31+02:00`,
`2016-08-12 15:23:28 UTC`, `2021-04-28 21:50:00 +0200`):
https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from datetime import UTC, datetime

from handlers.verdicts import Unreadable

# Anything else is a broken clock or a zero value (Go's is in the year 1), and near 1 and 9999 zones overflow.
EARLIEST_YEAR = 1970
LATEST_YEAR = 2199
LATEST_SECONDS = 7_258_118_399
LONGEST_TEXT = 40

Time = str | int | float | None


def parse_time(value: Time) -> datetime | None:
    """The moment in aware UTC, or None: not told, unreadable, without a zone, or not in 1970 to 2199."""
    if isinstance(value, str):
        return _parse_text(value)
    if value is None or not 0 < value <= LATEST_SECONDS:
        return None
    return datetime.fromtimestamp(value, UTC)


def _parse_text(value: str) -> datetime | None:
    if len(value) > LONGEST_TEXT:
        return None
    text = value.strip()
    # The one form that fromisoformat does not take.
    if text.endswith(" UTC"):
        text = text[:-4] + "+00:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None or not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        return None
    return moment.astimezone(UTC)


def required_time(value: Time, field: str) -> datetime:
    """The moment in aware UTC; raises Unreadable, naming `field`, when there is none."""
    moment = parse_time(value)
    if moment is None:
        if value is None:
            raise Unreadable(f"Its `{field}` is missing.")
        raise Unreadable(f"Its `{field}` is no time with a zone, from 1970 to 2199: {str(value)[:LONGEST_TEXT]!r}.")
    return moment
