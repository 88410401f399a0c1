"""`devmetrics digest`, as an operator types it."""

import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.migrate import ensure_organization
from tests.bot.digests.setting import setting
from tests.bot.operator.running import Devmetrics, devmetrics_on
from tests.reports.filling import Filling, at

NOW = "2026-11-09T09:00:00Z"


@pytest.fixture
def devmetrics(database_url: str) -> Devmetrics:
    return devmetrics_on(database_url)


@pytest.fixture
async def platform(engine: AsyncEngine) -> None:
    """A team with one deployment in the week before `NOW`."""
    async with engine.begin() as connection:
        filling = Filling(connection, await ensure_organization(connection, "default"))
        repository = await filling.repository()
        await filling.team(owns=(repository,))
        await filling.deployment(repository, at("2026-11-03"))


@pytest.mark.usefixtures("platform")
async def test_show_prints_a_teams_digest_in_words(devmetrics: Devmetrics) -> None:
    status, out, err = await devmetrics("digest", "show", "platform", "--now", NOW)
    assert (status, err) == (0, "")
    assert "Platform: the week" in out
    assert "Deployment frequency: 1 deployment = 0.14 per day" in out
    assert "Deployments in 12 weeks" in out


@pytest.mark.usefixtures("platform")
async def test_show_prints_the_message_and_its_numbers_as_json(devmetrics: Devmetrics) -> None:
    status, out, _ = await devmetrics("digest", "show", "platform", "--json", "--now", NOW)
    shown = json.loads(out)
    assert status == 0
    assert shown["report"]["deployment_frequency"]["deployments"] == 1
    assert shown["text"].startswith("Platform, 2 Nov")
    assert [block["type"] for block in shown["blocks"]].count("data_visualization") == 1


@pytest.mark.usefixtures("platform")
async def test_an_unknown_team_and_a_moment_that_is_none_are_explained(devmetrics: Devmetrics) -> None:
    status, _, err = await devmetrics("digest", "show", "platfrom")
    assert (status, err) == (1, "There is no team 'platfrom'. Teams: platform.\n")
    status, _, err = await devmetrics("digest", "show", "platform", "--now", "monday")
    assert status == 2
    assert "2026-11-23T09:00:00Z" in err


async def test_due_sends_what_is_due_and_says_what_came_of_it(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        organization_id = await ensure_organization(connection, "default")
    async with setting(engine, organization_id) as here:
        slack = {"SLACK_BOT_TOKEN": here.workspace.bot_token, "SLACK_API_URL": here.workspace.api_url}
        result = await devmetrics("digest", "due", "--now", NOW, **slack)
        assert result == (
            0,
            f"platform to {here.channel.id}: sent\nplatform to {here.channel.id}, details: sent\n",
            "",
        )
        assert (len(here.posted()), len(here.details())) == (1, 1)
        again = await devmetrics("digest", "due", "--now", NOW, **slack)
        assert again == (0, "No digest is due.\n", "")


async def test_due_needs_a_token_for_slack(devmetrics: Devmetrics) -> None:
    status, _, err = await devmetrics("digest", "due")
    assert status == 1
    assert "SLACK_BOT_TOKEN" in err
