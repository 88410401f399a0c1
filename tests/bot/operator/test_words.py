"""What all words of the command line have in common: help, usage, and what they say when they cannot work."""

import pytest

from tests.bot.operator.running import Devmetrics, devmetrics_on


async def test_help_names_every_word_and_needs_no_configuration() -> None:
    result = await devmetrics_on("")("--help")

    assert result.status == 0
    for word in ("serve", "migrate", "check", "ask", "team", "deliveries", "replay", "token", "openapi", "demo"):
        assert word in result.out


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
