"""Help is written by the commands."""

import pytest

from bot.commands import CommandContext, answer
from bot.commands.registry import all_commands


def test_every_command_explains_itself() -> None:
    commands = all_commands()

    assert set(commands) >= {"help", "repo", "team", "teams"}
    for word, command in commands.items():
        assert command.usage.split()[0] == word
        assert all(example.split()[0] == word for example in command.examples)
        assert not command.summary.endswith(".")


async def test_help_names_every_command_and_the_periods(context: CommandContext) -> None:
    for typed in ("", "help", "HELP"):
        answered = await answer(typed, context)
        assert answered.understood
        for command in all_commands().values():
            assert f"/devmetrics {command.word}" in answered.text
        assert "2026-W40" in answered.text


@pytest.mark.parametrize("word", sorted(all_commands()))
async def test_every_command_has_a_page_with_examples_to_copy(context: CommandContext, word: str) -> None:
    answered = await answer(f"help {word}", context)

    assert answered.understood
    for example in all_commands()[word].examples:
        assert f"/devmetrics {example}" in answered.text


async def test_an_unknown_topic_gets_a_suggestion(context: CommandContext) -> None:
    answered = await answer("help temas", context)

    assert answered.text.startswith("There is no help on “temas”. Did you mean `/devmetrics help teams`")
    assert not answered.understood
