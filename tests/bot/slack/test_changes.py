"""What is said of a change, and when nothing is."""

import pytest

from bot.slack.changes import MORE, change_of_count, change_of_duration, change_of_rate

HOUR = 3600.0


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (23, 18, "up 28 % from 18, better"),
        (18, 23, "down 22 % from 23, worse"),
        (18, 18, "unchanged"),
        (1001, 1000, "nearly unchanged from 1,000"),
        (23, None, None),
        (4, 18, None),
        (23, 4, None),
        (None, 20, None),
    ],
)
def test_a_count_changes_in_percent(now: int | None, before: int | None, words: str | None) -> None:
    assert change_of_count(now, before, MORE) == words


def test_counts_are_not_judged_unless_dora_does() -> None:
    assert change_of_count(200, 100) == "up 100 % from 100"


def test_a_duration_changes_in_percent_and_less_is_better() -> None:
    assert change_of_duration(3 * HOUR, 10, 2 * HOUR, 10) == "up 50 % from 2 h, worse"
    assert change_of_duration(HOUR, 10, 2 * HOUR, 10) == "down 50 % from 2 h, better"
    assert change_of_duration(HOUR, 10, 0.0, 10) == "up from 0 s"


def test_a_rate_changes_in_points() -> None:
    assert change_of_rate(0.2, 20, 0.17, 30) == "up 3 points from 17 %, worse"
    assert change_of_rate(0.16, 20, 0.17, 30) == "down 1 point from 17 %, better"
    assert change_of_rate(0.2, 20, 0.2, 30) == "unchanged"
    assert change_of_rate(0.201, 20, 0.2, 30) == "nearly unchanged from 20 %"


def test_with_fewer_than_five_there_is_no_trend() -> None:
    assert change_of_duration(HOUR, 4, 2 * HOUR, 10) == "no trend: fewer than 5 now"
    assert change_of_duration(HOUR, 10, None, 0) == "no trend: fewer than 5 in the window before (0)"
    assert change_of_rate(0.5, 4, 0.1, 10) == "no trend: fewer than 5 now"
    assert change_of_rate(None, 0, 0.1, 10) is None
    assert change_of_duration(HOUR, 10, None, None) is None
