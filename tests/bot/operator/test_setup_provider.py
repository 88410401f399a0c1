"""`devmetrics setup bitbucket`, against a Bitbucket on the wire: what it makes, what it repairs, and what it says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.running import Devmetrics, Result
from tests.fakes.bitbucket import FakeBitbucket, World, fake_bitbucket

PUBLIC_URL = "https://devmetrics.acme.example"
ADDRESS = f"{PUBLIC_URL}/webhooks/bitbucket/"
TOKEN = World().token


@pytest.fixture
async def bitbucket() -> AsyncIterator[FakeBitbucket]:
    world = World()
    world.add_repository(31, "acme/api")
    world.add_repository(32, "acme/web")
    async with fake_bitbucket(world) as bitbucket:
        yield bitbucket


async def set_up(devmetrics: Devmetrics, bitbucket: FakeBitbucket, *words: str, **environment: str) -> Result:
    given = {"PUBLIC_URL": PUBLIC_URL, "BITBUCKET_TOKEN": TOKEN, "BITBUCKET_API_URL": bitbucket.url, **environment}
    return await devmetrics("setup", "bitbucket", *words, **given)


def hooks(bitbucket: FakeBitbucket) -> list[dict[str, Any]]:
    return bitbucket.world.hooks["acme"]


async def test_a_workspace_gets_one_signed_webhook_and_a_second_run_changes_nothing(
    devmetrics: Devmetrics, bitbucket: FakeBitbucket, engine: AsyncEngine
) -> None:
    first = await set_up(devmetrics, bitbucket, "--workspace", "acme")
    assert (first.status, first.err) == (0, "")
    assert "= token: scopes repository, pullrequest, pipeline, webhook" in first.out
    assert "+ workspace acme: webhook made" in first.out
    [hook] = hooks(bitbucket)
    assert len(hook["secret"]) == 64
    assert {"repo:push", "repo:created", "repo:deleted", "pullrequest:fulfilled"} <= {*hook["events"]}
    assert hook["url"] in first.out
    assert hook["url"].startswith(ADDRESS)
    async with engine.connect() as connection:
        [row] = (await connection.execute(text("SELECT id, host, secrets FROM provider_connections"))).all()
    assert (hook["url"].endswith(str(row.id)), row.host) == (True, "bitbucket.org")

    second = await set_up(devmetrics, bitbucket, "--workspace", "acme")
    assert "Nothing to do" in second.out
    assert hooks(bitbucket) == [hook]
    assert not {secret for secret in (TOKEN, hook["secret"]) if secret in first.out + second.out}
    assert TOKEN.encode() not in bytes(row.secrets)


async def test_a_token_of_less_than_a_workspace_makes_one_for_each_repository(
    devmetrics: Devmetrics, bitbucket: FakeBitbucket
) -> None:
    del bitbucket.world.hooks["acme"]
    result = await set_up(devmetrics, bitbucket, "--workspace", "acme")
    assert "+ repository acme/api: webhook made" in result.out
    assert "+ repository acme/web: webhook made" in result.out
    made = [hook for one in bitbucket.world.repositories.values() for hook in one.hooks]
    assert ["repo:created" in hook["events"] for hook in made] == [False, False]


async def test_what_somebody_changed_is_repaired(devmetrics: Devmetrics, bitbucket: FakeBitbucket) -> None:
    await set_up(devmetrics, bitbucket, "--repository", "acme/api")
    [api, _] = bitbucket.world.repositories.values()
    [hook] = api.hooks
    hook |= {"active": False, "events": ["repo:push"], "secret": None}
    api.hooks.append({**hook, "uuid": "{a second one}"})
    api.hooks.append({"uuid": "{another tool's}", "url": "https://ci.acme.example/hook", "events": ["repo:push"]})

    result = await set_up(devmetrics, bitbucket, "--repository", "acme/api")
    for said in ("a second webhook to the same address removed", "pullrequest:created turned on", "turned on again"):
        assert said in result.out
    assert "given its secret" in result.out
    assert [one["uuid"] for one in api.hooks] == [hook["uuid"], "{another tool's}"]
    assert (hook["active"], len(hook["secret"]), "repo:deleted" in hook["events"]) == (True, 64, True)


async def test_when_the_server_moves_the_webhook_follows(devmetrics: Devmetrics, bitbucket: FakeBitbucket) -> None:
    await set_up(devmetrics, bitbucket, "--workspace", "acme")
    result = await set_up(devmetrics, bitbucket, "--workspace", "acme", PUBLIC_URL="https://new.acme.example")
    assert "its address changed" in result.out
    [hook] = hooks(bitbucket)
    assert hook["url"].startswith("https://new.acme.example/webhooks/bitbucket/")


async def test_a_persons_token_is_taken_with_its_own_scopes(devmetrics: Devmetrics, bitbucket: FakeBitbucket) -> None:
    reading = [f"read:{what}:bitbucket" for what in ("repository", "pullrequest", "pipeline", "webhook")]
    bitbucket.world.email, bitbucket.world.scopes = "ann@acme.example", (*reading, "write:webhook:bitbucket")
    result = await set_up(devmetrics, bitbucket, "--workspace", "acme", BITBUCKET_EMAIL="ann@acme.example")
    assert (result.status, len(hooks(bitbucket))) == (0, 1)
    bitbucket.world.scopes = tuple(reading)
    result = await set_up(devmetrics, bitbucket, "--workspace", "acme", BITBUCKET_EMAIL="ann@acme.example")
    assert "It lacks webhook" in result.err


@pytest.mark.parametrize(
    ("words", "change", "said"),
    [
        (["--workspace", "acme"], {"scopes": ("repository",)}, "It lacks pullrequest, pipeline, webhook"),
        (["--repository", "acme/api"], {"administrator": False}, "may not manage webhooks of the repository acme/api"),
        (["--repository", "acme/nothing"], {}, "There is no repository acme/nothing"),
        (["--workspace", "nobody"], {}, "There is no workspace nobody"),
        (["--workspace", "acme"], {"token": "another"}, "Bitbucket refuses the token"),
        (["--workspace", "acme"], {"failures": [(429, {"Retry-After": "9"})]}, "rate limit"),
        (["--workspace", "acme"], {"failures": [(502, {})] * 3}, "502"),
    ],
)
async def test_what_is_in_the_way_is_said_with_its_remedy(
    devmetrics: Devmetrics, bitbucket: FakeBitbucket, words: list[str], change: dict[str, Any], said: str
) -> None:
    for name, value in change.items():
        setattr(bitbucket.world, name, value)
    result = await set_up(devmetrics, bitbucket, *words)
    assert (result.status, "Traceback" in result.err) == (1, False)
    assert said in result.err


async def test_it_must_be_told_what_to_connect_and_where_to(devmetrics: Devmetrics, bitbucket: FakeBitbucket) -> None:
    nothing = await set_up(devmetrics, bitbucket)
    assert (nothing.status, "--workspace" in nothing.err) == (2, True)
    assert "PUBLIC_URL" in (await set_up(devmetrics, bitbucket, "--workspace", "acme", PUBLIC_URL="")).err


async def test_check_looks_after_the_token_and_repairs_the_webhooks(
    devmetrics: Devmetrics, bitbucket: FakeBitbucket
) -> None:
    await set_up(devmetrics, bitbucket, "--workspace", "acme")
    [hook] = hooks(bitbucket)
    hook["active"] = False
    result = await devmetrics("check", BITBUCKET_API_URL=bitbucket.url)
    assert "ok       bitbucket bitbucket.org: the token is accepted, and has the scopes that it needs." in result.out
    assert "ok       bitbucket: signed deliveries are taken, at the addresses of connections." in result.out
    assert "workspace acme: webhook repaired: turned on again" in result.out
    assert hook["active"]
    bitbucket.world.token = "revoked meanwhile"
    result = await devmetrics("check", BITBUCKET_API_URL=bitbucket.url)
    assert "problem  bitbucket bitbucket.org: Bitbucket refuses the token" in result.out


async def test_a_repository_that_was_deleted_keeps_nobody_from_looking_after_the_others(
    devmetrics: Devmetrics, bitbucket: FakeBitbucket
) -> None:
    await set_up(devmetrics, bitbucket, "--repository", "acme/api", "--repository", "acme/web")
    api, web = bitbucket.world.repositories.values()
    web.hooks[0]["active"] = False
    bitbucket.world.repositories.pop(api.uuid)
    bitbucket.world.calls.clear()
    result = await devmetrics("check", BITBUCKET_API_URL=bitbucket.url)
    assert "problem  bitbucket bitbucket.org: repository acme/api: it is not there (any more)" in result.out
    assert "repository acme/web: webhook repaired: turned on again" in result.out
    # Of which events there are, each kind is asked once.
    assert bitbucket.world.calls["GET /2.0/hook_events/{subject}"] == 1


async def test_check_says_of_one_repository_what_is_done_for_it_regularly(
    devmetrics: Devmetrics, bitbucket: FakeBitbucket
) -> None:
    """Bitbucket sends no delivery again."""
    del bitbucket.world.repositories["{00000000-0000-0000-0000-000000000020}"]
    await set_up(devmetrics, bitbucket, "--workspace", "acme")
    await devmetrics("backfill", BITBUCKET_API_URL=bitbucket.url)
    checked = await devmetrics("check", PUBLIC_URL=PUBLIC_URL, BITBUCKET_API_URL=bitbucket.url)
    assert " of 1 repository read, " in checked.out
    assert (
        "bitbucket.org deliveries: failed deliveries are asked for again every hour, where the provider" in checked.out
    )
    assert "(1 repository, 0 teams" in checked.out
