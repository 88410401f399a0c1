"""Bitbucket's limits and failures: honoured, tried again, and told with their remedy."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from handlers.asking.api import NotNow, Refused
from handlers.bitbucket.client import Client, Forbidden, Missing
from handlers.bitbucket.gate import MOST_AT_ONCE
from tests.fakes.bitbucket import FakeBitbucket, fake_bitbucket
from tests.handlers.bitbucket.asking import client_of

HERE = "/repositories/acme"


@pytest.fixture
async def bitbucket() -> AsyncIterator[FakeBitbucket]:
    async with fake_bitbucket() as bitbucket:
        for number in range(1, 6):
            bitbucket.world.add_repository(number, f"acme/api-{number}")
        yield bitbucket


@pytest.fixture
async def client(bitbucket: FakeBitbucket) -> AsyncIterator[Client]:
    client = client_of(bitbucket)
    yield client
    await client.close()


async def waits(client: Client) -> tuple[float, bool]:
    """How long from now it does not want to be asked, and whether for a limit."""
    with pytest.raises(NotNow) as refused:
        await client.get(HERE)
    return (refused.value.until - datetime.now(UTC)) / timedelta(seconds=1), refused.value.limit


async def test_every_page_is_read_though_its_address_is_that_of_everybody(
    bitbucket: FakeBitbucket, client: Client
) -> None:
    """The token goes to the address that was set alone, also behind a proxy."""
    bitbucket.world.page = 2
    found = await client.every(HERE, [("pagelen", "2")])
    assert [one["full_name"] for one in found] == [f"acme/api-{number}" for number in range(1, 6)]
    assert bitbucket.world.calls.total() == 3


async def test_a_failure_gets_a_second_try_and_an_outage_is_told_as_one(
    bitbucket: FakeBitbucket, client: Client
) -> None:
    bitbucket.world.failures = [(500, {}), (503, {})]
    assert len((await client.get(HERE))["values"]) == 5
    bitbucket.world.failures = [(502, {})] * 3
    seconds, limit = await waits(client)
    assert (50 < seconds < 70, limit, bitbucket.world.calls.total()) == (True, False, 6)


async def test_a_slow_answer_is_none(bitbucket: FakeBitbucket) -> None:
    client = client_of(bitbucket, patience=aiohttp.ClientTimeout(total=0.05))
    bitbucket.world.delay = 0.3
    seconds, limit = await waits(client)
    await client.close()
    assert (seconds > 50, limit) == (True, False)


async def test_a_limit_that_says_how_long_is_waited_for_without_a_call(
    bitbucket: FakeBitbucket, client: Client
) -> None:
    bitbucket.world.failures = [(429, {"Retry-After": "900"})]
    for _ in range(3):
        seconds, limit = await waits(client)
        assert (890 < seconds < 901, limit) == (True, True)
    assert bitbucket.world.calls.total() == 1


async def test_a_limit_that_does_not_say_is_given_a_minute(bitbucket: FakeBitbucket, client: Client) -> None:
    bitbucket.world.failures = [(429, {})]
    seconds, limit = await waits(client)
    assert (55 < seconds < 61, limit) == (True, True)


async def test_a_short_limit_is_slept_over(bitbucket: FakeBitbucket, client: Client) -> None:
    bitbucket.world.failures = [(429, {"Retry-After": "1"})]
    started = time.monotonic()
    assert len((await client.get(HERE))["values"]) == 5
    assert time.monotonic() - started > 0.9


async def test_when_little_is_left_it_is_left_to_people(bitbucket: FakeBitbucket, client: Client) -> None:
    bitbucket.world.headers = {"X-RateLimit-NearLimit": "true"}
    await client.get(HERE)
    seconds, limit = await waits(client)
    assert (seconds > 50, limit) == (True, True)
    person = client_of(bitbucket, reserve=False)
    for _ in range(2):
        await person.get(HERE)
    await person.close()


async def test_of_an_hours_calls_a_tenth_is_left_and_answers_say_how_many_there_are(
    bitbucket: FakeBitbucket, client: Client
) -> None:
    bitbucket.world.headers = {"X-RateLimit-Limit": "10"}
    for _ in range(9):
        await client.get(HERE)
    seconds, limit = await waits(client)
    assert (3500 < seconds < 3601, limit, bitbucket.world.calls.total()) == (True, True, 9)


async def test_a_few_calls_are_under_way_at_once(bitbucket: FakeBitbucket, client: Client) -> None:
    bitbucket.world.delay = 0.02
    await asyncio.gather(*(client.get(HERE) for _ in range(30)))
    assert bitbucket.world.busiest == MOST_AT_ONCE


@pytest.mark.parametrize(
    ("change", "path", "kind", "said"),
    [
        ({"token": "another"}, HERE, Refused, "Bitbucket refuses the token"),
        ({"scopes": ("repository",)}, f"{HERE}/api-1/deployments", Forbidden, "its scopes lack pipeline"),
        ({}, "/repositories/nobody", Missing, "or the token may not see it"),
        ({"failures": [(400, {})]}, HERE, Refused, "answers 400"),
    ],
)
async def test_a_refusal_says_what_to_do(
    bitbucket: FakeBitbucket, client: Client, change: dict[str, Any], path: str, kind: type[Refused], said: str
) -> None:
    for name, value in change.items():
        setattr(bitbucket.world, name, value)
    with pytest.raises(kind) as refused:
        await client.get(path)
    assert said in str(refused.value)


async def test_a_persons_token_comes_with_the_address_of_the_account(bitbucket: FakeBitbucket) -> None:
    bitbucket.world.email = "ann@acme.example"
    client = client_of(bitbucket)
    assert len((await client.get(HERE))["values"]) == 5
    await client.close()
