"""A bare name is understood, a slip of the keyboard is met with a suggestion."""

import pytest

from bot.commands import CommandContext, answer


@pytest.mark.parametrize("typed", ["platform", "Platform last week", "PAYMENTS 7d", "acme/api", "acme/api 90d"])
async def test_a_bare_name_is_understood(context: CommandContext, typed: str) -> None:
    answered = await answer(typed, context)

    assert answered.understood
    assert answered.text.lower().startswith(f"{typed.split()[0].lower()}, ")


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("teem platform", "`/devmetrics team platform`"),
        ("hlep", "`/devmetrics help`"),
        ("platfrom", "`/devmetrics team platform`"),
        ("acme/apo", "`/devmetrics repo acme/api`"),
    ],
)
async def test_what_is_no_command_gets_help_and_a_suggestion(
    context: CommandContext, typed: str, suggestion: str
) -> None:
    answered = await answer(typed, context)

    assert not answered.understood
    assert answered.text.startswith(f"I do not understand “{typed}”. Did you mean {suggestion}")
    assert "These commands exist" in answered.text


async def test_a_command_in_any_case_is_a_command(context: CommandContext) -> None:
    assert (await answer("TEAMS", context)).text.startswith("2 teams: ")
