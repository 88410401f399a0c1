"""How numbers are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.wording import counted, duration, names, per_day, percent, share

HOUR, DAY = 3600, 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "no data"),
        (0, "0 s"),
        (0.4, "0 s"),
        (45, "45 s"),
        (59.6, "1 min"),
        (12 * 60, "12 min"),
        (59.6 * 60, "1 h"),
        (HOUR, "1 h"),
        (3 * HOUR + 20 * 60, "3 h 20 min"),
        (23 * HOUR + 59.7 * 60, "1 day"),
        (DAY, "1 day"),
        (2.1 * DAY, "2.1 days"),
        (10 * DAY, "10 days"),
        (1234.6 * DAY, "1,235 days"),
        (-90, "-2 min"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (None, "no data"),
        (0.0, "none"),
        (0.0001, "less than 0.001 per day"),
        (0.0333, "0.033 per day"),
        (0.7667, "0.77 per day"),
        (1.0, "1 per day"),
        (1.25, "1.2 per day"),
        (12.4, "12 per day"),
    ],
)
def test_a_frequency_is_said_per_day(rate: float | None, words: str) -> None:
    assert per_day(rate) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0, "0 %"), (0.001, "under 1 %"), (4 / 23, "17 %"), (0.999, "over 99 %"), (1, "100 %")],
)
def test_a_rate_is_never_rounded_to_nothing_or_to_all(ratio: float, words: str) -> None:
    assert percent(ratio) == words


def test_a_rate_shows_what_it_is_made_of() -> None:
    assert share(4, 23, 4 / 23) == "4 of 23 = 17 %"
    assert share(0, 0, None) == "no data"


def test_one_is_singular() -> None:
    assert [counted(n, "change") for n in (0, 1, 1200)] == ["0 changes", "1 change", "1,200 changes"]
    assert counted(2, "recovery", "recoveries") == "2 recoveries"
    assert [names(("Ana",)), names(("Ana", "Ben")), names(("Ana", "Ben", "Cleo"))] == [
        "Ana",
        "Ana and Ben",
        "Ana, Ben and Cleo",
    ]


@given(st.floats(0, 1e12))
def test_every_duration_has_a_unit_and_no_exponent(seconds: float) -> None:
    words = duration(seconds)
    assert words.split()[-1] in {"s", "min", "h", "day", "days"}
    assert "e" not in words
