"""`/devmetrics repo acme/api 30d`"""

from bot.commands import CommandContext, answer


async def test_a_repository_is_found_by_path_by_name_and_by_address(context: CommandContext) -> None:
    for typed in ("repo acme/api", "repo API 7d", "repo https://github.com/acme/api last week"):
        assert (await answer(typed, context)).text.startswith("acme/api, ")


async def test_a_name_that_two_repositories_have_is_asked_back(context: CommandContext) -> None:
    answered = await answer("repo web", context)

    assert answered.text == ("Which “web”? Did you mean `/devmetrics repo acme/web` or `/devmetrics repo other/web`?")
    assert not answered.understood


async def test_an_unknown_repository_gets_the_likeliest(context: CommandContext) -> None:
    assert (await answer("repo acme/apii", context)).text == (
        "I know no repository “acme/apii”. Did you mean `/devmetrics repo acme/api`?"
    )
    assert "Name it as `owner/name`." in (await answer("repo xyzzy", context)).text
    assert (await answer("repo", context)).text.startswith("Which repository? For example ")
