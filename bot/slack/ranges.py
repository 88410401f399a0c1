"""DORA's own answer ranges: the choices of its survey, as words. They place a value; they do not judge it.

https://dora.dev/research/core/questions/ (there are no bands such as "elite": DORA dropped them).
"""

from bot.slack.wording import DAY, HOUR

WEEK, MONTH = 7 * DAY, 30.44 * DAY

DURATIONS = (
    (HOUR, "less than 1 hour"),
    (DAY, "less than 1 day"),
    (WEEK, "1 day to 1 week"),
    (MONTH, "1 week to 1 month"),
    (6 * MONTH, "1 to 6 months"),
)
FREQUENCIES = (
    (24.0, "on demand (many a day)"),
    (1.0, "once an hour to once a day"),
    (DAY / WEEK, "once a day to once a week"),
    (DAY / MONTH, "once a week to once a month"),
    (DAY / (6 * MONTH), "once a month to once in 6 months"),
)


def range_of_duration(seconds: float | None) -> str | None:
    """For lead time and recovery time."""
    if seconds is None:
        return None
    return next((words for limit, words in DURATIONS if seconds < limit), "more than 6 months")


def range_of_frequency(per_day: float | None) -> str | None:
    """None also for 0: a window without a deployment does not tell how seldom they are."""
    if not per_day:
        return None
    return next((words for limit, words in FREQUENCIES if per_day >= limit), "less than once in 6 months")
