"""What all words of the command line have in common: help, usage, and what they say when they cannot work."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot.__main__ import build
from tests.bot.operator.running import Devmetrics, devmetrics_on


def words_of(command: Any, said: str = "") -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield said
        return
    for word, inner in command.commands.items():
        yield from words_of(inner, f"{said} {word}".strip())


async def test_help_names_every_word_and_needs_no_configuration() -> None:
    result = await devmetrics_on("")("--help")

    assert result.status == 0
    for word in ("serve", "migrate", "check", "ask", "team", "deliveries", "replay", "token", "openapi", "demo"):
        assert word in result.out


def test_every_help_can_be_read_at_80_columns_and_says_what_each_argument_is() -> None:
    app = build(None)
    whole: Any = typer.main.get_command(app)
    for said in words_of(whole):
        words = said.split()
        shown = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "80", "TERM": "dumb"}).stdout
        assert "…" not in shown, f"{said}: something is cut"
        assert not re.search(r"\]\.\.\.\]|\.\.\.\}", shown), f"{said}: brackets in brackets"
        command = whole
        for word in words:
            command = command.commands[word]
        assert all(getattr(one, "help", None) for one in command.params), f"{said}: an argument without a word"


@pytest.mark.parametrize(
    "words",
    [
        ["unknown"],
        ["serve", "--only", "web,dance"],
        ["deliveries", "list", "--state", "lost"],
        ["deliveries", "list", "--limit", "0"],
        ["deliveries", "show"],
        ["deliveries", "show", "one"],
        ["deliveries", "retry"],
        ["deliveries", "retry", "1", "--failed"],
        ["replay"],
        ["replay", "does-not-exist.json"],
        ["replay", __file__, "--provider", "sourceforge"],
        ["token", "create"],
    ],
    ids=" ".join,
)
async def test_wrong_usage_ends_with_status_2_and_says_why(devmetrics: Devmetrics, words: list[str]) -> None:
    result = await devmetrics(*words)

    assert result.status == 2
    assert "Traceback" not in result.err


async def test_a_wrong_configuration_is_told_in_whole_and_ends_with_status_1(devmetrics: Devmetrics) -> None:
    result = await devmetrics("deliveries", "list", PORT="eighty", LOG_LEVEL="loud")

    assert result.status == 1
    assert result.out == ""
    assert "PORT" in result.err
    assert "LOG_LEVEL" in result.err
    assert "Traceback" not in result.err


async def test_a_database_that_is_away_is_told_in_one_sentence() -> None:
    devmetrics = devmetrics_on("postgresql://somebody:hidden@127.0.0.1:1/nothing")
    result = await devmetrics("deliveries", "list")

    assert result.status == 1
    assert result.err.count("\n") == 1
    assert "DATABASE_URL" in result.err
    assert "hidden" not in result.err
    assert "Traceback" in (await devmetrics("deliveries", "list", LOG_LEVEL="debug")).err
