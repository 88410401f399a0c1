"""Numbers in words: how durations, rates, counts and their changes are written, everywhere people read them."""

from collections.abc import Iterable

from handlers.wording import counted as counted  # Everything that writes words finds it here.

# With fewer facts than this a change says nothing (docs/metrics.md).
FEWEST_FOR_A_TREND = 5
NO_DATA = "no data"

MINUTE, HOUR, DAY = 60, 3600, 86_400


def count(number: int) -> str:
    return f"{number:,}"


def duration(seconds: float | None) -> str:
    """Elapsed seconds as `45 s`, `12 min`, `3 h 20 min` or `2.1 days`."""
    if seconds is None:
        return NO_DATA
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if round(seconds) < MINUTE:
        return f"{round(seconds)} s"
    minutes = round(seconds / MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days = round(seconds / DAY, 1)
    if days >= 100:
        return f"{round(days):,} days"
    text = f"{days:.1f}".removesuffix(".0")
    return "1 day" if text == "1" else f"{text} days"


def per_day(rate: float | None) -> str:
    """A frequency as `0.77 per day`; two digits say enough."""
    if rate is None:
        return NO_DATA
    if rate == 0:
        return "none"
    if rate < 0.001:
        return "less than 0.001 per day"
    if rate >= 10:
        return f"{rate:,.0f} per day"
    digits = f"{rate:.1f}" if rate >= 1 else f"{rate:.2g}"
    return f"{digits.removesuffix('.0')} per day"


def percent(ratio: float) -> str:
    """`17 %`; what is not quite nothing or not quite all is never rounded to it."""
    if 0 < ratio < 0.005:
        return "under 1 %"
    if 0.995 < ratio < 1:
        return "over 99 %"
    return f"{round(ratio * 100):,} %"


def share(part: int, whole: int, ratio: float | None) -> str:
    """`4 of 23 = 17 %`."""
    if ratio is None:
        return NO_DATA
    return f"{count(part)} of {count(whole)} = {percent(ratio)}"


def alternatives(words: Iterable[str]) -> str:
    """`github`, `github or gitlab`, `bitbucket, github or gitlab`."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def names(words: tuple[str, ...]) -> str:
    """`Ana`, `Ana and Ben`, `Ana, Ben and Cleo`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
