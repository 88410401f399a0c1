"""`devmetrics ask`: what Slack would show, for a terminal and for programs."""

import json
from io import StringIO

import pytest
from rich.console import Console

from bot.demo.workspace.validation import problems_of_message
from bot.operator.terminal import print_answer, readable
from bot.slack.messages.report import report_answer
from tests.bot.operator.running import Devmetrics, devmetrics_on
from tests.bot.slack.reports import REPORT

PLATFORM = report_answer(REPORT, "team platform", "30d")


@pytest.fixture
async def devmetrics(database_url: str) -> Devmetrics:
    words = devmetrics_on(database_url)
    await words("team", "add", "platform", "--name", "Platform")
    return words


def printed(width: int, *, terminal: bool = False) -> str:
    out = StringIO()
    print_answer(Console(file=out, width=width, force_terminal=terminal, highlight=False), PLATFORM)
    return out.getvalue()


async def test_a_question_is_answered_whether_quoted_or_not(devmetrics: Devmetrics) -> None:
    for words in (["team platform 7d"], ["team", "platform", "7d"], ["platform", "7d"]):
        result = await devmetrics("ask", *words)
        assert (result.status, result.err) == (0, "")
        assert "Platform" in result.out
        assert "(7 days)" in result.out


async def test_json_is_exactly_what_slack_would_get(devmetrics: Devmetrics) -> None:
    result = await devmetrics("ask", "team platform", "--json")

    answer = json.loads(result.out)
    assert set(answer) == {"text", "blocks"}
    assert problems_of_message(answer["blocks"]) == []
    assert answer["text"].startswith("Platform, ")


async def test_an_unknown_team_is_a_failure_with_the_sentence(devmetrics: Devmetrics) -> None:
    result = await devmetrics("ask", "team platfrom")

    assert (result.status, result.out) == (1, "")
    assert "I know no team “platfrom”." in result.err
    assert "/devmetrics team platform" in result.err
    result = await devmetrics("ask", "team platfrom", "--json")
    assert (result.status, json.loads(result.out)["text"][:14]) == (1, "I know no team")


async def test_nothing_asked_is_help(devmetrics: Devmetrics) -> None:
    result = await devmetrics("ask")

    assert result.status == 0
    assert "/devmetrics team <name> [service:name] [metric] [period]" in result.out


@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_fits_the_terminal_and_lines_end_without_spaces(width: int) -> None:
    lines = printed(width).splitlines()

    assert max(map(len, lines)) <= min(width, 100)
    assert not [line for line in lines if line.endswith(" ")]


@pytest.mark.parametrize("width", range(30, 60, 7))
def test_no_line_ends_between_a_number_and_its_unit(width: int) -> None:
    lines = printed(width).splitlines()

    assert not [line for line in lines if line.split() and line.split()[0] in {"%", "h", "min", "days"}]
    assert "\ue000" not in printed(width)


def test_there_is_colour_on_a_terminal_and_none_in_a_pipe() -> None:
    assert "\x1b[" in printed(80, terminal=True)
    assert "\x1b[" not in printed(80)


def test_every_sentence_of_the_blocks_is_printed() -> None:
    said = " ".join(printed(1000).split())

    for sentence in (
        "Change failure rate: 4 of 23 = 17 %",
        "• 31 opened, up 24 % from 25",
        "acme/api #12 Retry payments",
    ):
        assert sentence in said


def test_slacks_markup_becomes_styles() -> None:
    text = readable("*bold* a*b `code &lt;x&gt;` <https://a.b/c?d=1&amp;e=2|label> &amp;")

    assert text.plain == "bold a*b code <x> label &"
    assert [str(span.style) for span in text.spans] == ["bold", "green", "link https://a.b/c?d=1&e=2"]
