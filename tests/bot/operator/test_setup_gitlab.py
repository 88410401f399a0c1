"""`devmetrics setup gitlab`, against a GitLab on the wire: what it makes, what it repairs, and what it says."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics, Result
from tests.fakes.gitlab import World, fake_gitlab
from tests.fakes.gitlab.server import FakeGitLab
from tests.fakes.gitlab.world import MAINTAINER

PUBLIC_URL = "https://devmetrics.acme.example"


@pytest.fixture
async def gitlab() -> AsyncIterator[FakeGitLab]:
    world = World()
    world.add_group(7, "acme", "Acme")
    world.add_project(31, "acme/api")
    world.add_project(32, "acme/mobile/app")
    async with fake_gitlab(world) as gitlab:
        yield gitlab


async def set_up(devmetrics: Devmetrics, gitlab: FakeGitLab, *words: str, **environment: str) -> Result:
    given = {"PUBLIC_URL": PUBLIC_URL, "GITLAB_TOKEN": "glpat-good", "GITLAB_URL": gitlab.url, **environment}
    return await devmetrics("setup", "gitlab", *words, **given)


async def test_a_group_gets_one_signed_webhook_and_a_second_run_changes_nothing(
    devmetrics: Devmetrics, gitlab: FakeGitLab, engine: AsyncEngine
) -> None:
    first = await set_up(devmetrics, gitlab, "--group", "acme")
    assert (first.status, first.err) == (0, "")
    assert "+ group acme: webhook made" in first.out
    [hook] = gitlab.world.groups[7].hooks
    assert hook.told["signing_token"].startswith("whsec_")
    assert hook.told["deployment_events"] is hook.told["subgroup_events"] is True
    address = hook.told["url"]
    assert address in first.out
    assert address.startswith(f"{PUBLIC_URL}/webhooks/gitlab/")
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT id, host, secrets FROM provider_connections"))).all()
    [row] = rows
    assert address.endswith(str(row.id))
    assert row.host == gitlab.url.removeprefix("http://")

    second = await set_up(devmetrics, gitlab, "--group", "acme")
    assert "Nothing to do" in second.out
    assert gitlab.world.groups[7].hooks == [hook]
    assert not {secret for secret in ("glpat-good", hook.told["signing_token"]) if secret in first.out + second.out}
    assert b"glpat-good" not in bytes(row.secrets)


async def test_without_premium_each_project_gets_its_own(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    gitlab.world.premium = False
    result = await set_up(devmetrics, gitlab, "--group", "acme")
    assert "+ project acme/api: webhook made" in result.out
    assert "+ project acme/mobile/app: webhook made" in result.out
    assert [len(project.hooks) for project in gitlab.world.projects.values()] == [1, 1]


async def test_a_gitlab_that_is_too_old_to_sign_sends_a_token(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    gitlab.world.signing = False
    result = await set_up(devmetrics, gitlab, "--project", "acme/api")
    assert "does not sign" in result.out
    [hook] = gitlab.world.projects[31].hooks
    assert len(hook.told["token"]) > 30
    assert "Nothing to do" in (await set_up(devmetrics, gitlab, "--project", "acme/api")).out


async def test_what_somebody_changed_or_gitlab_disabled_is_repaired(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    await set_up(devmetrics, gitlab, "--group", "acme")
    [hook] = gitlab.world.groups[7].hooks
    hook.told["deployment_events"] = False
    hook.alert_status = "disabled"
    gitlab.world.groups[7].hooks.append(type(hook)(4711, dict(hook.told)))

    result = await set_up(devmetrics, gitlab, "--group", "acme")
    assert "a second webhook to the same address removed" in result.out
    assert "deployment turned on" in result.out
    assert "enabled again" in result.out
    assert gitlab.world.groups[7].hooks == [hook]
    assert (hook.told["deployment_events"], hook.alert_status, gitlab.world.tested) == (True, "executable", [hook.id])


async def test_when_the_server_moves_the_webhook_follows(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    await set_up(devmetrics, gitlab, "--group", "acme")
    result = await set_up(devmetrics, gitlab, "--group", "acme", PUBLIC_URL="https://new.acme.example")
    assert "its address changed" in result.out
    [hook] = gitlab.world.groups[7].hooks
    assert hook.told["url"].startswith("https://new.acme.example/webhooks/gitlab/")


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        (["--group", "acme"], {"scopes": ("read_api",)}, "scope api"),
        (["--group", "acme"], {"access_level": MAINTAINER}, "role Owner"),
        (["--project", "acme/api"], {"access_level": 30}, "role Maintainer"),
        (["--project", "acme/nothing"], {}, "There is no project acme/nothing"),
        (["--group", "nobody"], {}, "There is no group nobody"),
        (["--group", "acme"], {"token": "another"}, "GitLab refuses the token"),
        (["--group", "acme"], {"failures": [(429, {"Retry-After": "9"})]}, "rate limit"),
        (["--group", "acme"], {"failures": [(502, {})]}, "502"),
    ],
)
async def test_what_is_in_the_way_is_said_with_its_remedy(
    devmetrics: Devmetrics, gitlab: FakeGitLab, words: list[str], change: dict[str, object], said: str
) -> None:
    for name, value in change.items():
        setattr(gitlab.world, name, value)
    result = await set_up(devmetrics, gitlab, *words)
    assert result.status == 1
    assert said in result.err
    assert "Traceback" not in result.err


async def test_it_must_be_told_what_to_connect_and_where_to(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    """Before it asks for a token."""
    for token in ("glpat-good", ""):
        assert (await set_up(devmetrics, gitlab, GITLAB_TOKEN=token)).status == 2
        unknown = await set_up(devmetrics, gitlab, "--group", "acme", PUBLIC_URL="", GITLAB_TOKEN=token)
        assert unknown.err.startswith("PUBLIC_URL is not set: GitLab must know where to deliver")
        wrong = await set_up(devmetrics, gitlab, "--group", "acme", "--url", "gitlab.acme.example", GITLAB_TOKEN=token)
        assert wrong.status == 2


async def test_without_a_terminal_the_token_is_read_from_standard_input(
    devmetrics: Devmetrics, gitlab: FakeGitLab
) -> None:
    words, environment = ("setup", "gitlab", "--group", "acme"), {"PUBLIC_URL": PUBLIC_URL, "GITLAB_URL": gitlab.url}
    without = await devmetrics(*words, **environment)
    assert (without.status, without.out) == (1, "")
    assert without.err == "No access token: set GITLAB_TOKEN, or give it on standard input.\n"
    given = await devmetrics(*words, stdin="glpat-good\n", **environment)
    assert (given.status, given.err) == (0, "")
    assert "+ group acme: webhook made" in given.out


async def test_an_address_that_gitlab_may_not_reach_is_said(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    result = await set_up(devmetrics, gitlab, "--group", "acme", PUBLIC_URL="http://127.0.0.1:8080")
    assert result.status == 0
    assert "only this machine itself can reach that" in result.err


async def test_check_looks_after_the_token_and_repairs_the_webhooks(devmetrics: Devmetrics, gitlab: FakeGitLab) -> None:
    await set_up(devmetrics, gitlab, "--group", "acme")
    [hook] = gitlab.world.groups[7].hooks
    hook.alert_status = "temporarily_disabled"

    result = await devmetrics("check")
    assert f"ok       gitlab {gitlab.url}: the token devmetrics is accepted by {gitlab.url}." in result.out
    assert "ok       gitlab: signed deliveries are taken, at the addresses of connections." in result.out
    assert "group acme: webhook enabled again" in result.out
    assert gitlab.world.groups[7].hooks == [hook]
    gitlab.world.expires_at = "2020-01-01"
    result = await devmetrics("check", PUBLIC_URL=PUBLIC_URL)
    assert f"problem  gitlab {gitlab.url}: the token devmetrics ends on 2020-01-01" in result.out
    gitlab.world.token = "revoked meanwhile"
    result = await devmetrics("check", PUBLIC_URL=PUBLIC_URL)
    assert f"problem  gitlab {gitlab.url}: GitLab refuses the token" in result.out


async def test_a_gitlab_that_is_not_there_is_said_with_what_to_look_at(
    devmetrics: Devmetrics, gitlab: FakeGitLab
) -> None:
    result = await set_up(devmetrics, gitlab, "--group", "acme", GITLAB_URL="http://127.0.0.1:1")
    assert result.status == 1
    assert "http://127.0.0.1:1 cannot be reached (ConnectionError): check GITLAB_URL" in result.err
