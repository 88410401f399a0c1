"""Asking GitHub: tokens are renewed once, limits are honoured, failures are tried again, nothing secret is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from handlers.asking.api import NotNow, Refused
from handlers.github.client import MOST_REMEMBERED, Client, Installed, Missing, Remembered, graphql_address
from handlers.github.credentials import Credentials, credentials_in
from handlers.github.gate import MOST_AT_ONCE, Gate, Overloaded
from tests.fakes.github.server import APP_ID, FakeGitHub, pem, serving
from tests.fakes.github.telling import grow
from tests.fakes.github.world import World

PATH = {"owner": "octo", "name": "app-1"}
DEPLOYMENTS = "/repos/{owner}/{name}/deployments?per_page=1"
REPOSITORY = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { databaseId } }"


@asynccontextmanager
async def asking(prefix: str = "", **options: Any) -> AsyncIterator[tuple[FakeGitHub, Installed]]:
    """A GitHub with one small repository, and its installation."""
    world = World()
    grow(world, 1, datetime.now(UTC) - timedelta(days=20), 6)
    async with serving(world) as github:
        given = {"pause_seconds": 0.01, **options}
        client = Client(Credentials(APP_ID, pem()), github.url + prefix, **given)
        try:
            yield github, client.installation("77")
        finally:
            await client.close()


async def test_many_calls_at_once_make_one_token_and_stay_within_the_bound() -> None:
    async with asking() as (github, installed):
        await asyncio.gather(*(installed.get(DEPLOYMENTS, **PATH) for _ in range(40)))
    assert len(github.tokens) == 1
    assert github.most_at_once <= MOST_AT_ONCE + 1


async def test_a_token_is_renewed_before_it_ends_and_when_it_is_revoked() -> None:
    async with asking() as (github, installed):
        github.token_seconds = 200  # less than what it is renewed before
        await installed.get(DEPLOYMENTS, **PATH)
        await installed.get(DEPLOYMENTS, **PATH)
        assert len(github.tokens) == 2
        github.token_seconds = 3600
        await installed.get(DEPLOYMENTS, **PATH)
        for token in github.tokens:
            github.tokens[token] = 0
        await installed.get(DEPLOYMENTS, **PATH)
        assert len(github.tokens) == 4


async def test_pages_are_followed_and_an_unchanged_page_costs_nothing() -> None:
    async with asking() as (github, installed):
        page, following = await installed.page(DEPLOYMENTS, **PATH)
        second, _ = await installed.page(following or "")
        assert page != second
        used = github.used["core"]
        again, following_again = await installed.page(DEPLOYMENTS, **PATH)
        assert (again, following_again) == (page, following)
        assert github.used["core"] == used
        assert github.calls["not modified"] == 1


def test_of_unchanged_pages_only_the_newest_are_remembered() -> None:
    remembered = Remembered()
    for number in range(MOST_REMEMBERED + 5):
        remembered[str(number)] = number
    assert list(remembered) == [str(number) for number in range(5, MOST_REMEMBERED + 5)]


@pytest.mark.parametrize("trouble", ["secondary", "primary", "429", "429 primary"])
@pytest.mark.parametrize("graphql", [False, True], ids=["rest", "graphql"])
async def test_a_short_limit_is_waited_for_and_a_long_one_is_given_back(trouble: str, *, graphql: bool) -> None:
    """403 and 429, with Retry-After and with the time of the reset."""
    async with asking() as (github, installed):

        async def ask() -> Any:
            return await (installed.graphql(REPOSITORY, **PATH) if graphql else installed.get(DEPLOYMENTS, **PATH))

        await ask()
        github.retry_after = 1
        github.troubles.append(trouble)
        calls = github.asked()
        await ask()
        assert github.asked() == calls + 2
        github.retry_after = 120
        github.troubles.append(trouble)
        with pytest.raises(NotNow, match="rate limit") as told:
            await ask()
        assert told.value.limit
        assert timedelta(seconds=110) < told.value.until - datetime.now(UTC) < timedelta(seconds=121)
        # Until then nobody asks at all.
        calls = github.asked()
        with pytest.raises(NotNow):
            await installed.get(DEPLOYMENTS, **PATH)
        assert github.asked() == calls


async def test_a_limit_that_graphql_tells_with_status_200_is_one_too() -> None:
    async with asking() as (github, installed):
        github.troubles.append("graphql limit")
        with pytest.raises(NotNow, match="rate limit") as told:
            await installed.graphql(REPOSITORY, **PATH)
        assert told.value.limit


async def test_without_being_told_how_long_it_waits_a_minute_then_longer() -> None:
    async with asking() as (github, installed):
        github.troubles.append("untold")
        with pytest.raises(NotNow) as told:
            await installed.get(DEPLOYMENTS, **PATH)
        assert timedelta(seconds=50) < told.value.until - datetime.now(UTC) <= timedelta(seconds=60)


async def test_the_last_calls_of_the_hour_are_left_to_people() -> None:
    async with asking() as (github, installed):
        github.used["core"] = github.limits["core"] - 400
        await installed.get(DEPLOYMENTS, **PATH)
        with pytest.raises(NotNow, match="rate limit"):
            await installed.get(DEPLOYMENTS, **PATH)
        # GraphQL has an allowance of its own.
        await installed.graphql(REPOSITORY, **PATH)
    async with asking(reserve=False) as (github, installed):
        github.used["core"] = github.limits["core"] - 400
        await installed.get(DEPLOYMENTS, **PATH)
        await installed.get(DEPLOYMENTS, **PATH)


async def test_an_error_of_github_or_a_broken_line_is_tried_again_twice() -> None:
    async with asking() as (github, installed):
        github.troubles.extend(["500", "hang up"])
        await installed.get(DEPLOYMENTS, **PATH)
        github.troubles.extend(["500"] * 3)
        with pytest.raises(NotNow, match="answers 500") as told:
            await installed.get(DEPLOYMENTS, **PATH)
        assert not told.value.limit


async def test_an_answer_that_takes_too_long_is_no_answer_and_a_large_query_may_be_made_smaller() -> None:
    patience = aiohttp.ClientTimeout(total=0.3)
    async with asking(patience=patience) as (github, installed):
        await installed.get(DEPLOYMENTS, **PATH)
        github.slow_seconds = 1.0
        github.troubles.append("slow")
        with pytest.raises(Overloaded, match="did not answer in time"):
            await installed.graphql(REPOSITORY, **PATH)
        github.troubles.append("502")
        with pytest.raises(Overloaded, match="took too long"):
            await installed.graphql(REPOSITORY, **PATH)
        github.troubles.append("slow")
        await installed.get(DEPLOYMENTS, **PATH)


async def test_what_is_suspended_or_not_there_is_refused_with_the_remedy() -> None:
    async with asking() as (github, installed):
        with pytest.raises(Missing, match="check its repositories"):
            await installed.get("/repos/{owner}/{name}/deployments", owner="octo", name="secret-thing")
        assert (await installed.graphql(REPOSITORY, owner="octo", name="nothing"))["repository"] is None
        github.world.installation.suspended = True
        with pytest.raises(Refused, match="suspended") as told:
            await installed.get(DEPLOYMENTS, **PATH)
        assert "app-1" not in str(told.value)


async def test_a_wrong_key_is_refused_with_the_remedy_and_without_the_key() -> None:
    other = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    async with serving(World()) as github:
        for key in (other.decode(), "no key"):
            client = Client(Credentials(APP_ID, key), github.url, pause_seconds=0.01)
            with pytest.raises(Refused, match="GITHUB_PRIVATE_KEY") as told:
                await client.page("/app/installations")
            assert key not in str(told.value)
            assert key not in repr(Credentials(APP_ID, key))
            await client.close()


async def test_a_key_that_is_kept_here_is_not_looked_for_in_the_environment() -> None:
    kept = credentials_in({"app_id": APP_ID, "private_key": "no key", "slug": "devmetrics-acme"})
    assert kept is not None
    async with serving(World()) as github:
        client = Client(kept, github.url, pause_seconds=0.01)
        with pytest.raises(Refused, match="`devmetrics connection remove devmetrics-acme`") as told:
            await client.page("/app/installations")
        await client.close()
    assert "GITHUB_" not in str(told.value)


async def test_nobody_answering_is_told_without_the_address() -> None:
    client = Client(Credentials(APP_ID, pem()), "http://127.0.0.1:1", pause_seconds=0.01)
    with pytest.raises(NotNow, match="cannot be reached") as told:
        await client.installation("77").get("/repos/{owner}/{name}/deployments", owner="octo", name="secret-thing")
    assert "secret-thing" not in str(told.value)
    await client.close()


async def test_an_enterprise_servers_addresses_are_understood() -> None:
    assert graphql_address("https://api.github.com") == "https://api.github.com/graphql"
    assert graphql_address("https://ghes.example/api/v3") == "https://ghes.example/api/graphql"
    async with asking("/api/v3") as (github, installed):
        await installed.get(DEPLOYMENTS, **PATH)
        assert (await installed.graphql(REPOSITORY, **PATH))["repository"] == {"databaseId": 10_001}
    assert github.calls["POST /api/graphql"] == 1


async def test_a_connection_that_breaks_in_any_way_is_for_later() -> None:
    """The transport's own errors, too: nobody else may take them for the database's."""

    async def fail(*_: object) -> None:
        raise ConnectionResetError

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(fail)
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        with pytest.raises(NotNow, match="ConnectionResetError"):
            await Gate(lambda: session, pause_seconds=0).send("GET", "http://127.0.0.1:1/", {}, b"")
