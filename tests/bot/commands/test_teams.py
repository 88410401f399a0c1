"""`/devmetrics teams`"""

from bot.commands import CommandContext, answer


async def test_all_teams_are_listed_with_what_they_own(context: CommandContext) -> None:
    answered = await answer("teams", context)

    assert answered.text == (
        "2 teams: Payments (`payments`): owns nothing yet, shows all repositories; Platform (`platform`): owns nothing "
        "yet, shows all repositories. Ask for one with `/devmetrics team payments`."
    )


async def test_a_part_of_a_name_narrows_the_list(context: CommandContext) -> None:
    assert (await answer("teams PLAT", context)).text.startswith("1 team of 2: Platform")
    assert (await answer("teams xyz", context)).text.startswith("None of the 2 teams has `xyz` in its name.")
