"""What people type becomes plain words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.reading import LONGEST, read_period, read_words
from reports.period import UnknownPeriod


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("  team\n platform\t30d ", ["team", "platform", "30d"]),
        ('team "payments core"', ["team", "payments", "core"]),
        ("team \u2018platform\u2019 \u201e30d\u201c", ["team", "platform", "30d"]),
        ("team `platform`", ["team", "platform"]),
        ("team #platform @ana", ["team", "platform", "ana"]),
        ("team <#C012AB|platform>", ["team", "platform"]),
        ("team <#C012AB> <@U01> <!here> <!subteam^S1|@devs> platform", ["team", "platform"]),
        ("repo <https://github.com/acme/api|github.com>", ["repo", "acme/api"]),
        ("repo https://gitlab.example.com/a/b/c", ["repo", "a/b/c"]),
        ("team R&amp;D", ["team", "R&D"]),
        ("team &lt;platform&gt;", ["team", "platform"]),
        ("team\u200b plat\u202eform\x00 🚀", ["team", "plat", "form", "🚀"]),
    ],
)
def test_wrapping_falls_off_and_words_stay(typed: str, words: list[str]) -> None:
    assert read_words(typed) == words


@given(st.text(max_size=3000))
def test_anything_can_be_read_and_stored(typed: str) -> None:
    words = read_words(typed)

    assert sum(map(len, words)) <= LONGEST
    assert all("\x00" not in word and word.encode() for word in words)


def test_a_period_is_the_last_thirty_days_unless_said() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)

    assert read_period([], "UTC", now)[0] == "30d"
    assert read_period(["Last", "Week"], "UTC", now)[0] == "last week"
    with pytest.raises(UnknownPeriod):
        read_period(["soon"], "UTC", now)
