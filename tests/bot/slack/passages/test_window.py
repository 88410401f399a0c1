"""Which days an answer is about, in words."""

from datetime import UTC, date, datetime

import pytest

from bot.slack.passages.window import length_in_words, window_in_words
from reports.report import Window
from reports.windows import days_window, window_between

DASH = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("first", "after_last", "zone", "words"),
    [
        (date(2026, 10, 27), date(2026, 11, 26), "Europe/Berlin", f"27 Oct {DASH} 25 Nov 2026, Europe/Berlin"),
        (date(2026, 12, 28), date(2027, 1, 4), "UTC", f"28 Dec 2026 {DASH} 3 Jan 2027, UTC"),
        (date(2026, 11, 23), date(2026, 11, 24), "Asia/Tokyo", "23 Nov 2026, Asia/Tokyo"),
        # The clocks skip midnight: this day begins at one.
        (date(2018, 11, 4), date(2018, 11, 5), "America/Sao_Paulo", "4 Nov 2018, America/Sao_Paulo"),
    ],
)
def test_whole_days_are_named_with_the_last_one_included(first: date, after_last: date, zone: str, words: str) -> None:
    assert window_in_words(days_window(first, after_last, zone)) == words


def test_odd_windows_are_named_with_their_hours() -> None:
    window = window_between(
        datetime(2026, 11, 1, 8, 30, tzinfo=UTC), datetime(2026, 11, 2, 20, tzinfo=UTC), "Europe/Berlin"
    )

    assert window_in_words(window) == f"1 Nov 2026 09:30 {DASH} 2 Nov 2026 21:00, Europe/Berlin"
    assert length_in_words(window) == "1.5 days"


def test_a_week_with_a_clock_change_has_seven_days() -> None:
    window: Window = days_window(date(2026, 10, 19), date(2026, 10, 26), "Europe/Berlin")

    assert length_in_words(window) == "7 days"
