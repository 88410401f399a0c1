"""When a digest comes, as people say it."""

import pytest

from bot.commands.hours import NotAnHour, SaidHour, read_hour


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", SaidHour()),
        ("mon 09:30 Europe/Berlin", SaidHour(1, "09:30", "Europe/Berlin")),
        ("europe/berlin 9:05 Fri", SaidHour(5, "09:05", "Europe/Berlin")),
        ("every thursdays at 4pm", SaidHour(4, "16:00", None)),
        ("sun 12am", SaidHour(7, "00:00", None)),
        ("tues 12:30PM utc", SaidHour(2, "12:30", "UTC")),
    ],
)
def test_weekday_time_and_zone_in_any_order(said: str, meant: SaidHour) -> None:
    assert read_hour(said.split()) == meant


@pytest.mark.parametrize(
    ("said", "word", "meant"),
    [
        ("mon 25:00", "25:00", None),
        ("mon 9", "9", None),
        ("mon 09:30 10:30", "10:30", None),
        ("mondya", "mondya", "monday"),
        ("mon Europe/Berlni", "Europe/Berlni", "Europe/Berlin"),
        ("13pm", "13pm", None),
    ],
)
def test_what_is_none_of_them_is_named_with_what_it_may_mean(said: str, word: str, meant: str | None) -> None:
    with pytest.raises(NotAnHour) as problem:
        read_hour(said.split())
    assert problem.value.word == word
    assert meant is None or meant in problem.value.meant
