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


async def test_what_was_added_is_shown_taken_away_and_brought_back(devmetrics: Devmetrics) -> None:
    for words in (
        ["add", "platform", "--name", "Platform"],
        ["add-repo", "platform", "github", "acme/api"],
        ["add-member", "platform", "ana@example.com"],
    ):
        await devmetrics("team", *words)
    shown = (await devmetrics("team", "show", "platform")).out
    assert "platform (Platform)" in shown
    assert "github acme/api  by hand" in shown
    assert "ana@example.com" in shown

    result = await devmetrics("team", "remove-repo", "platform", "GitHub", "acme/api")
    assert (result.status, result.err) == (0, "")
    assert "owns acme/api no more" in result.out
    assert "Owns nothing: it is answered with all repositories" in result.out
    assert "Taken away by hand" in result.out
    assert "no more" in (await devmetrics("team", "remove-member", "platform", "ana@example.com")).out
    assert "Nobody is in it." in (await devmetrics("team", "show", "platform")).out

    await devmetrics("team", "add-repo", "platform", "github", "acme/api")
    assert "devmetrics team ops" in (await devmetrics("team", "rename", "platform", "ops")).out
    assert "`devmetrics team add ops --name NAME` does" in (await devmetrics("team", "remove", "ops")).out
    assert "no team yet" in (await devmetrics("team", "list")).out
    back = (await devmetrics("team", "add", "ops", "--name", "Ops")).out
    assert "Team ops is there." in back
    assert "acme/api" in back


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
        (["show", "nobody"], "There is no team 'nobody'"),
        (["remove-repo", "platform", "github", "acme/api"], "There is no repository 'acme/api'"),
        (["remove-member", "platform", "stranger"], "Nobody is known as 'stranger'"),
        (["remove-service", "nobody", "github", "acme/api", "web"], "There is no team 'nobody'"),
    ],
)
async def test_what_cannot_be_done_is_explained(devmetrics: Devmetrics, words: list[str], reason: str) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")

    result = await devmetrics("team", *words)

    assert (result.status, result.out) == (1, "")
    assert reason in result.err
    assert "Traceback" not in result.err
