"""`devmetrics check`: what is configured, what answers, and each problem's remedy."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

import bot.slack
from bot.demo.workspace.server import Workspace
from bot.settings import Settings, encryption
from bot.slack.checking import FOR_ME, NEEDED
from handlers.github.settings import GitHubSettings
from storage.connections import add_connection, seal
from storage.migrate import ensure_organization
from tests.bot.operator.running import Devmetrics, devmetrics_on
from tests.fakes.github.server import APP_ID, pem, serving
from tests.fakes.github.world import Installation, World


async def test_check_finds_nothing_wrong_with_a_first_start(devmetrics: Devmetrics) -> None:
    result = await devmetrics("check")

    assert result.status == 0
    assert "problem" not in result.out
    assert "GITHUB_WEBHOOK_SECRET" in result.out


@pytest.fixture
async def outside() -> AsyncIterator[str]:
    """GitLab and Slack that accept the token `good`, and this server's own health."""

    async def token(request: web.Request) -> web.Response:
        told = {"name": "devmetrics", "scopes": ["read_api"], "expires_at": None}
        return web.json_response(told, status=200 if request.headers.get("PRIVATE-TOKEN") == "good" else 401)

    async def auth_test(request: web.Request) -> web.Response:
        ok = request.headers.get("Authorization") == "Bearer good"
        told = {"ok": True, "user": "devmetrics", "team": "Octo"} if ok else {"ok": False, "error": "invalid_auth"}
        return web.json_response(told)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.add_routes(
        [
            web.get("/api/v4/personal_access_tokens/self", token),
            web.post("/api/auth.test", auth_test),
            web.get("/healthz", healthz),
        ]
    )
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


def connections(address: str, token: str) -> dict[str, str]:
    return {
        "GITLAB_URL": address,
        "GITLAB_TOKEN": token,
        "SLACK_API_URL": f"{address}/api",
        "SLACK_BOT_TOKEN": token,
        "SLACK_SIGNING_SECRET": "s",
        "PUBLIC_URL": address,
        "GITHUB_WEBHOOK_SECRET": "s",
        "GITLAB_WEBHOOK_TOKEN": "s",
        "BITBUCKET_WEBHOOK_SECRET": "s",
    }


async def test_check_asks_everything_that_is_connected(devmetrics: Devmetrics, outside: str) -> None:
    async with serving(World()) as github:
        app = {"GITHUB_APP_ID": APP_ID, "GITHUB_PRIVATE_KEY": pem(), "GITHUB_API_URL": github.url}
        configured = connections(outside, "good") | {"PUBLIC_URL": ""}
        result = await devmetrics("check", **configured, **app, BITBUCKET_TOKEN="ATCTT")

    assert result.status == 0
    assert {line.split()[0] for line in result.out.splitlines() if "address:" not in line} == {"ok"}
    assert "Octo" in result.out
    assert "the App is known, with 1 installation." in result.out


@pytest.mark.parametrize(
    ("key", "finding"),
    [
        (pem(), "ok       github api: the App is known, with 1 installation."),
        ("no key", "problem  github api: GitHub does not accept the key of the App"),
    ],
    ids=["known", "refused"],
)
async def test_the_app_that_the_set_up_registered_is_asked_for_as_well(
    devmetrics: Devmetrics, engine: AsyncEngine, key: str, finding: str
) -> None:
    sealed = seal(
        {"app_id": APP_ID, "private_key": key, "webhook_secret": "s"},
        encryption(Settings(secret_key=SecretStr("k" * 32))),
    )
    async with serving(World()) as github:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, "default")
            host = GitHubSettings(api_url=github.url).host
            await add_connection(
                connection, organization_id, provider="github", host=host, name="app", sealed=sealed, actor="test"
            )
        result = await devmetrics("check", GITHUB_API_URL=github.url)

    assert finding in result.out
    assert "off      github" not in result.out


async def test_check_tells_each_problem_with_its_remedy(devmetrics: Devmetrics, outside: str) -> None:
    result = await devmetrics("check", **connections(outside, "bad") | {"PUBLIC_URL": ""})
    problems = [line for line in result.out.splitlines() if line.startswith("problem")]
    assert result.status == 1
    assert len(problems) == 2
    assert "GITLAB_TOKEN" in result.out
    assert "SLACK_BOT_TOKEN" in result.out

    away = {**connections("http://127.0.0.1:1", "good")}
    result = await devmetrics("check", **away)
    assert result.status == 1
    assert len([line for line in result.out.splitlines() if line.startswith("problem")]) == 3


async def test_check_tells_of_a_database_that_is_away_and_goes_on() -> None:
    result = await devmetrics_on("postgresql://somebody@127.0.0.1:1/nothing")("check")

    assert result.status == 1
    assert "problem  database" in result.out
    assert "off      slack" in result.out


async def test_what_is_set_and_does_nothing_yet_is_said(devmetrics: Devmetrics) -> None:
    """Slack without a bot token answers nobody, whatever else of it is set; no queue but the database's is used."""
    result = await devmetrics(
        "check", SLACK_SIGNING_SECRET="s", SLACK_CLIENT_ID="1.2", KAFKA_BOOTSTRAP_SERVERS="kafka:9092"
    )

    assert "off      slack: set SLACK_BOT_TOKEN" in result.out
    assert "off      SLACK_CLIENT_ID: is set, and nothing uses it yet." in result.out
    assert "off      KAFKA_BOOTSTRAP_SERVERS: is set" in result.out


async def test_a_token_that_lives_for_twelve_hours_is_a_problem_now_and_not_in_twelve_hours(
    devmetrics: Devmetrics,
) -> None:
    result = await devmetrics("check", SLACK_SIGNING_SECRET="s", SLACK_BOT_TOKEN="xoxe.xoxb-1")

    assert result.status == 1
    assert "problem  slack: SLACK_BOT_TOKEN lives for twelve hours" in result.out


async def test_where_nothing_is_connected_the_set_up_of_each_provider_is_named(devmetrics: Devmetrics) -> None:
    result = await devmetrics("check")
    for provider in ("github", "gitlab", "bitbucket"):
        lines = [line for line in result.out.splitlines() if line.startswith(f"off      {provider}")]
        assert len(lines) == 2
        assert all(f"`devmetrics setup {provider}`" in line for line in lines)


@pytest.mark.parametrize(
    ("suspended", "finding"),
    [
        ([True], "problem  github api: the App is known, with 1 installation, which is suspended: nothing from there"),
        ([True, True], "problem  github api: the App is known, with 2 installations, all suspended: nothing"),
        ([True, False], "ok       github api: the App is known, with 2 installations, 1 of them suspended: nothing"),
    ],
)
async def test_an_app_that_is_suspended_wherever_it_is_installed_is_a_problem(
    devmetrics: Devmetrics, suspended: list[bool], finding: str
) -> None:
    world = World()
    world.installation.suspended = suspended[0]
    world.other_installations = [Installation(78 + number, "other", one) for number, one in enumerate(suspended[1:])]
    async with serving(world) as github:
        app = {"GITHUB_APP_ID": APP_ID, "GITHUB_PRIVATE_KEY": pem(), "GITHUB_API_URL": github.url}
        result = await devmetrics("check", **app)

    assert finding in result.out
    assert result.status == finding.startswith("problem")


async def test_an_address_that_only_this_machine_reaches_is_a_problem_when_somebody_elsewhere_is_to_deliver_there(
    devmetrics: Devmetrics, outside: str
) -> None:
    result = await devmetrics("check", PUBLIC_URL=outside, GITHUB_WEBHOOK_SECRET="s")
    assert result.status == 1
    assert f"problem  address: PUBLIC_URL is {outside}: only this machine" in result.out

    await devmetrics("connection", "add", "generic", "pagerduty")
    here = {"GITHUB_API_URL": f"{outside}/api/v3", "GITHUB_WEBHOOK_SECRET": "s"}
    result = await devmetrics("check", PUBLIC_URL=outside, **here)
    assert f"ok       address: {outside} answers. Only this machine itself can reach it" in result.out


@pytest.mark.parametrize(
    ("missing", "finding"),
    [
        ([], None),
        (["users:read", "users:read.email"], "off      slack scopes: the installed app lacks users:read and users:"),
        (["users:read.email"], "off      slack scopes: the installed app lacks users:read.email: `/devmetrics me`"),
        (
            ["chat:write"],
            "problem  slack scopes: the installed app lacks chat:write: digests and limits are not posted.",
        ),
    ],
)
async def test_scopes_that_the_installed_slack_app_lacks_are_said_with_what_does_not_work_and_what_to_do(
    devmetrics: Devmetrics, missing: list[str], finding: str | None
) -> None:
    async with Workspace().running() as workspace:
        workspace.web_api.scopes -= set(missing)
        slack = {"SLACK_BOT_TOKEN": workspace.bot_token, "SLACK_SIGNING_SECRET": workspace.signing_secret}
        result = await devmetrics("check", SLACK_API_URL=workspace.api_url, **slack)

    assert "ok       slack: SLACK_BOT_TOKEN is devmetrics in Stand-in." in result.out
    if finding is None:
        assert "slack scopes" not in result.out
    else:
        assert finding in result.out
        assert "install the app to the workspace again" in result.out
    assert result.status == bool(finding and finding.startswith("problem"))


def test_every_scope_of_the_manifest_is_looked_for() -> None:
    manifest = json.loads((Path(bot.slack.__path__[0]) / "manifest.json").read_text())
    assert {*NEEDED, *FOR_ME} == set(manifest["oauth_config"]["scopes"]["bot"])
