"""The query: dates, times, words, zones; and what is wrong with it, in a sentence."""

from http import HTTPStatus

import pytest
from yarl import URL

from bot.api.problems import Problem
from bot.api.question import Question, read_question
from tests.reports.filling import at

NOW = at("2026-11-23T20:30")


def question(query: str, timezone: str = "Europe/Berlin") -> Question:
    return read_question(URL(f"/?{query}").query, timezone, NOW)


def window(query: str) -> tuple[str, str]:
    found = question(query).window
    return found.start.isoformat()[:16], found.end.isoformat()[:16]


@pytest.mark.parametrize(
    ("query", "start", "end"),
    [
        ("from=2026-11-02&to=2026-11-09", "2026-11-01T23:00", "2026-11-08T23:00"),
        ("from=2026-11-02&to=2026-11-09&tz=UTC", "2026-11-02T00:00", "2026-11-09T00:00"),
        ("from=2026-11-02", "2026-11-01T23:00", "2026-11-23T23:00"),
        ("from=2026-11-02T08:00&to=2026-11-02T09:30", "2026-11-02T07:00", "2026-11-02T08:30"),
        ("from=2026-11-02T08:00:00Z&to=2026-11-02T08:00:01Z", "2026-11-02T08:00", "2026-11-02T08:00"),
        ("from=2026-11-02T08:00%2B02:00&to=2026-11-03", "2026-11-02T06:00", "2026-11-02T23:00"),
        ("from=2026-11-02T08:00+02:00&to=2026-11-03", "2026-11-02T06:00", "2026-11-02T23:00"),
        ("period=2026-W45", "2026-11-01T23:00", "2026-11-08T23:00"),
        ("period=last+week", "2026-11-15T23:00", "2026-11-22T23:00"),
        ("period=1d&tz=Asia/Tokyo", "2026-11-23T15:00", "2026-11-24T15:00"),
        ("", "2026-10-24T22:00", "2026-11-23T23:00"),
        ("tz=", "2026-10-24T22:00", "2026-11-23T23:00"),
    ],
)
def test_windows(query: str, start: str, end: str) -> None:
    assert window(query) == (start, end)


def test_a_window_of_dates_is_one_of_local_days() -> None:
    assert question("from=2026-10-19&to=2026-10-26").window.days == 7.0


def test_a_service_is_a_filter_and_an_empty_one_none() -> None:
    assert question("service=search").service == "search"
    assert question("service=").service is None


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ("tz=Europe/Bonn", 400, "unknown_timezone", "Europe/Berlin"),
        ("tz=../../etc/passwd", 400, "unknown_timezone", "IANA"),
        ("period=fortnight", 400, "unknown_period", "2026-W40"),
        ("period=0d", 422, "impossible_window", "at least one day"),
        ("period=9y", 422, "impossible_window", "five years"),
        ("period=7d&from=2026-11-02", 400, "two_windows", "either"),
        ("to=2026-11-02", 400, "from_missing", "from"),
        ("from=yesterday", 400, "unreadable_time", "2026-10-01T08:00:00Z"),
        ("from=2026-02-30", 400, "unreadable_time", "from"),
        ("from=2026-11-02&to=", 400, "unreadable_time", "to"),
        ("from=2026-11-02&to=2026-11-02", 422, "impossible_window", "before it ends"),
        ("from=2026-11-02&to=2026-11-01", 422, "impossible_window", "before it ends"),
        ("from=2020-11-02&to=2026-11-03", 422, "impossible_window", "five years"),
        ("from=0001-01-01&to=0001-01-02", 422, "impossible_window", "years"),
        ("from=9999-12-31T23:59:59-12:00", 422, "impossible_window", "years"),
        ("form=2026-11-02", 400, "unknown_parameter", "Did you mean `from`?"),
        ("%00=1", 400, "unknown_parameter", "Known: from, to, period, tz, service."),
    ],
)
def test_what_cannot_be_answered_is_explained(query: str, status: int, code: str, words: str) -> None:
    with pytest.raises(Problem) as refused:
        question(query)
    assert (refused.value.status, refused.value.code) == (HTTPStatus(status), code)
    assert words in refused.value.message
