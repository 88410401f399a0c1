"""DORA's own answer ranges place a value."""

import pytest

from bot.slack.ranges import range_of_duration, range_of_frequency

HOUR, DAY = 3600.0, 86_400.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, None),
        (0.0, "less than 1 hour"),
        (HOUR, "less than 1 day"),
        (DAY, "1 day to 1 week"),
        (7 * DAY, "1 week to 1 month"),
        (31 * DAY, "1 to 6 months"),
        (200 * DAY, "more than 6 months"),
    ],
)
def test_a_duration_has_a_range(seconds: float | None, words: str | None) -> None:
    assert range_of_duration(seconds) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (None, None),
        (0.0, None),
        (25.0, "on demand (many a day)"),
        (1.0, "once an hour to once a day"),
        (0.5, "once a day to once a week"),
        (1 / 7, "once a day to once a week"),
        (0.1, "once a week to once a month"),
        (0.01, "once a month to once in 6 months"),
        (0.001, "less than once in 6 months"),
    ],
)
def test_a_frequency_has_a_range_and_no_deployment_has_none(rate: float | None, words: str | None) -> None:
    assert range_of_frequency(rate) == words
