"""`devmetrics team`: teams, what they own and who is in them, from a terminal."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics, devmetrics_on


@pytest.fixture
def devmetrics(database_url: str) -> Devmetrics:
    return devmetrics_on(database_url)


async def test_a_team_is_made_given_a_repository_and_a_member_and_listed(
    devmetrics: Devmetrics, engine: AsyncEngine
) -> None:
    assert "Make one" in (await devmetrics("team", "list")).out
    for words in (
        ["add", "platform", "--name", "Platform [red]"],
        ["add-repo", "platform", "GitHub", "acme/api"],
        ["add-repo", "platform", "gitlab", "acme/backend/billing"],
        ["add-member", "platform", "ana@example.com"],
    ):
        result = await devmetrics("team", *words)
        assert (result.status, result.err) == (0, "")

    [_head, row] = (await devmetrics("team", "list")).out.splitlines()
    assert row.split() == ["platform", "Platform", "[red]", "2"]
    async with engine.connect() as connection:
        actors = (await connection.execute(text("SELECT DISTINCT actor FROM audit_logs"))).scalars().all()
    assert [actor.partition(":")[0] for actor in actors] == ["cli"]


async def test_another_organization_has_its_own_teams(devmetrics: Devmetrics) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")

    assert "no team yet" in (await devmetrics("team", "list", ORGANIZATION="other")).out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["add", "Not A Slug", "--name", "x"], "slug"),
        (["add-repo", "nobody", "github", "acme/api"], "There is no team 'nobody'"),
        (["add-repo", "platform", "sourceforge", "acme/api"], "The provider is"),
        (["add-repo", "platform", "github", "api"], "owner/name"),
        (["add-member", "platform", "stranger"], "give an e-mail address"),
    ],
)
async def test_what_cannot_be_done_is_explained(devmetrics: Devmetrics, words: list[str], reason: str) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")

    result = await devmetrics("team", *words)

    assert (result.status, result.out) == (1, "")
    assert reason in result.err
    assert "Traceback" not in result.err
