"""`devmetrics repo`: what counts of a repository, from a terminal."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics


async def test_settings_are_kept_shown_and_audited(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    result = await devmetrics(
        *("repo", "set", "GitHub", "acme/mono", "--source", "workflow", "--workflow", "Deploy"),
        *("--environment", "harbor=production", "--count", "harbor"),
    )
    assert (result.status, result.err) == (0, "")
    await devmetrics("repo", "add-service", "github", "acme/mono", "api", "--path", "services/api/**", "--tag", "api-*")

    shown = (await devmetrics("repo", "show", "github", "Acme/Mono")).out

    for line in ("github acme/mono", "runs of Deploy on the default branch", "harbor is production"):
        assert line in shown
    assert "api: tags api-*; files services/api/**" in shown
    async with engine.connect() as connection:
        acts = (await connection.execute(text("SELECT action, subject, after FROM audit_logs ORDER BY id"))).all()
    assert [(act.action, act.subject) for act in acts] == [
        ("repository.set", "github:acme/mono"),
        ("repository.set_service", "github:acme/mono"),
    ]
    assert acts[0].after["workflows"] == ["Deploy"]


async def test_what_is_not_given_stays_and_what_is_emptied_goes(devmetrics: Devmetrics) -> None:
    of = ("github", "acme/mono")
    await devmetrics("repo", "set", *of, "--environment", "harbor=production", "--count", "harbor")
    await devmetrics("repo", "set", *of, "--source", "workflow", "--workflow", "Deploy")
    result = await devmetrics("repo", "set", *of, "--source", "merge")
    assert (result.status, result.err) == (0, "")
    shown = (await devmetrics("repo", "show", *of)).out
    assert "merges into the default branch" in shown
    assert "harbor is production" in shown

    await devmetrics("repo", "set", *of, "--environment", "harbor=", "--count-all")
    shown = (await devmetrics("repo", "show", *of)).out
    assert "harbor" not in shown
    assert "every production environment" in shown


async def test_a_team_owns_a_service_and_its_removal_takes_it_back(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")
    await devmetrics("team", "add-repo", "platform", "github", "acme/mono")
    await devmetrics("repo", "add-service", "github", "acme/mono", "Api")

    result = await devmetrics("team", "add-service", "platform", "github", "acme/mono", "api")
    assert (result.status, result.err) == (0, "")
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT service FROM team_services"))).scalars().all() == ["Api"]
        assert (await connection.execute(text("SELECT count(*) FROM team_repositories"))).scalar_one() == 0

    await devmetrics("repo", "remove-service", "github", "acme/mono", "api")
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM team_services"))).scalar_one() == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["repo", "show", "github", "acme/api"], "devmetrics repo set"),
        (["repo", "set", "svn", "acme/api", "--source", "merge"], "The provider is"),
        (
            ["repo", "set", "github", "acme/api", "--source", "pipelines"],
            "one of deployments, workflow, release, merge",
        ),
        (["repo", "set", "github", "acme/api", "--source", "workflow"], "--workflow NAME"),
        (["repo", "set", "github", "acme/api", "--workflow", "Deploy"], "--source workflow"),
        (["repo", "set", "github", "acme/api", "--environment", "harbor"], "NAME=CLASS"),
        (["repo", "set", "github", "acme/api", "--environment", "harbor=live"], "harbor=production"),
        (["repo", "set", "github", "acme/api", "--count", "harbor"], "no production environment"),
        (["repo", "add-service", "github", "acme/api", "two words"], "A service is called like"),
        (["repo", "remove-service", "github", "acme/api", "web"], "has no service 'web'"),
        (["team", "add-service", "platform", "github", "acme/api", "web"], "devmetrics repo add-service github"),
        (["team", "set", "platform", "--timezone", "Berlin"], "Europe/Berlin"),
        (["team", "set", "nobody", "--timezone", "Europe/Berlin"], "There is no team"),
    ],
)
async def test_what_cannot_be_done_is_explained(devmetrics: Devmetrics, words: list[str], reason: str) -> None:
    await devmetrics("team", "add", "platform", "--name", "Platform")

    result = await devmetrics(*words)

    assert (result.status, result.out) == (1, "")
    assert reason in result.err
    assert "Traceback" not in result.err
