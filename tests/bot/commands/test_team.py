"""`/devmetrics team platform 30d`"""

from dataclasses import replace

from bot.commands import CommandContext, answer


async def test_the_controls_ask_the_same_again(context: CommandContext) -> None:
    answered = await answer("team PLATFORM This Week", context)

    [menu, share] = answered.blocks[-1]["elements"]
    assert menu["initial_option"]["value"] == "this week"
    assert share["value"] == '["team platform", "this week"]'
    assert answered.text.startswith("Platform, 23 Nov \N{EN DASH} 25 Nov 2026, UTC (3 days).")


async def test_a_team_that_owns_nothing_says_whose_numbers_these_are(context: CommandContext) -> None:
    assert (
        "This team owns no repository: these are the numbers of the whole organization"
        in (await answer("team platform", context)).text
    )


async def test_an_unknown_team_gets_the_likeliest(context: CommandContext) -> None:
    answered = await answer("team paymnets", context)

    assert answered.text == (
        "I know no team “paymnets”. Did you mean `/devmetrics team payments`? `/devmetrics teams` lists all teams."
    )
    assert not answered.understood


async def test_without_a_name_it_asks_which(context: CommandContext) -> None:
    assert (await answer("team", context)).text.startswith("Which team? For example `/devmetrics team payments` or ")


async def test_an_unknown_period_is_explained_with_examples(context: CommandContext) -> None:
    answered = await answer("team platform tomorrow", context)

    assert not answered.understood
    assert answered.text.startswith("“tomorrow” is not a period I know. Try 7d, 30d")


async def test_another_organizations_team_is_not_known(context: CommandContext) -> None:
    async with context.engine.begin() as connection:
        other = (
            await connection.exec_driver_sql("INSERT INTO organizations (name, slug) VALUES ('o', 'o') RETURNING id")
        ).scalar_one()

    assert "There is no team yet" in (await answer("team platform", replace(context, organization_id=other))).text
