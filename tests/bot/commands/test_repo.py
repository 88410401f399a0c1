"""`/devmetrics repo acme/api 30d`"""

from sqlalchemy import insert, select

from bot.commands import CommandContext, answer
from storage.models.repositories import Repository, Service


async def test_a_repository_is_found_by_path_by_name_and_by_address(context: CommandContext) -> None:
    for typed in ("repo acme/api", "repo API 7d", "repo https://github.com/acme/api last week"):
        assert (await answer(typed, context)).text.startswith("acme/api, ")


async def test_a_name_that_two_repositories_have_is_asked_back(context: CommandContext) -> None:
    answered = await answer("repo web", context)

    assert answered.text == ("Which “web”? Did you mean `/devmetrics repo acme/web` or `/devmetrics repo other/web`?")
    assert not answered.understood


async def test_a_path_that_two_providers_have_is_asked_back_and_can_be_said(context: CommandContext) -> None:
    """As after a move from one to the other: the numbers of one must not pass for those of the path."""
    async with context.engine.begin() as connection:
        there = {"organization_id": context.organization_id, "provider": "gitlab", "name": "API", "path": "acme/API"}
        await connection.execute(insert(Repository), [there])

    for typed in ("repo acme/api", "repo api", "repo https://gitlab.com/acme/api"):
        asked_back = "Did you mean `/devmetrics repo gitlab:acme/API` or `/devmetrics repo github:acme/api`?"
        assert (await answer(typed, context)).text.endswith(asked_back)
    for typed, path, name in (
        ("repo github:acme/api 7d", "acme/api", "github:acme/api"),
        ("repo GitLab:api", "acme/API", "gitlab:acme/API"),
    ):
        answered = await answer(typed, context)
        assert answered.text.startswith(f"{path}, ")
        # The menus go on with the same one.
        assert any(f"repo {name}" in block.get("block_id", "") for block in answered.blocks)
    # Where nobody else has the path, a provider that is said does no harm.
    assert (await answer("repo github:acme/web", context)).text.startswith("acme/web, ")
    assert "`/devmetrics repo acme/web`" in (await answer("repo gitlab:acme/web", context)).text


async def test_a_path_that_two_servers_of_a_provider_have_is_asked_back_and_can_be_said(
    context: CommandContext,
) -> None:
    """As after a move from an Enterprise Server to github.com."""
    there = {"organization_id": context.organization_id, "provider": "github", "name": "old"}
    async with context.engine.begin() as connection:
        for host in ("github.com", "ghe.example.com"):
            of = {**there, "path": "acme/old", "host": host, "provider_id": "7"}
            await connection.execute(insert(Repository), [of])

    for typed in ("repo acme/old", "repo old 7d", "repo github:acme/old", "acme/old 7d"):
        asked_back = (
            "Did you mean `/devmetrics repo github:ghe.example.com/acme/old` or "
            "`/devmetrics repo github:github.com/acme/old`?"
        )
        assert (await answer(typed, context)).text.endswith(asked_back)
    for host in ("github.com", "ghe.example.com"):
        answered = await answer(f"repo GitHub:{host}/acme/old 7d", context)
        assert answered.text.startswith("acme/old, ")
        assert any(f"repo github:{host}/acme/old" in block.get("block_id", "") for block in answered.blocks)


async def test_an_unknown_repository_gets_the_likeliest(context: CommandContext) -> None:
    assert (await answer("repo acme/apii", context)).text == (
        "I know no repository “acme/apii”. Did you mean `/devmetrics repo acme/api`?"
    )
    assert "Name it as `owner/name`." in (await answer("repo xyzzy", context)).text
    assert (await answer("repo", context)).text.startswith("Which repository? For example ")


async def test_one_service_of_a_monorepo_keeps_being_asked_about(context: CommandContext) -> None:
    async with context.engine.begin() as connection:
        repository = (await connection.execute(select(Repository.id).where(Repository.path == "acme/api"))).scalar_one()
        await connection.execute(insert(Service), [{"repository_id": repository, "name": "Search"}])

    for typed in ("repo acme/api service:search", "repo acme/api 30d service: search"):
        answered = await answer(typed, context)
        assert answered.text.startswith("acme/api, service Search, ")
        assert any("repo acme/api service:search" in block.get("block_id", "") for block in answered.blocks)

    explained = await answer("repo acme/api service:search lead_time", context)
    assert explained.text.startswith("acme/api, service Search: ")


async def test_an_unknown_service_gets_those_there_are(context: CommandContext) -> None:
    answered = await answer("repo acme/api service:billing", context)

    assert answered.text == "There is no service 'billing' here. It has no services: leave the filter out."
