"""GitLab is asked in threads: whatever it does, the rest of the program goes on, and errors say what to do."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.api import NotNow, Refused
from handlers.gitlab.client import AT_ONCE, Client, Missing, path_of
from tests.fakes.gitlab import World, fake_gitlab
from tests.handlers.deliveries import push
from tests.handlers.sending import door, send_github


@pytest.fixture
def world() -> World:
    world = World()
    for number in range(7):
        world.add_project(number, f"acme/app-{number}")
    world.add_group(1, "acme", "Acme")
    return world


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    async with fake_gitlab(world) as gitlab:
        client = Client(gitlab.url, world.token)
        yield client
        await client.close()


@pytest.mark.parametrize("how", [{}, {"pagination": "keyset", "order_by": "id"}])
async def test_lists_are_read_page_by_page(client: Client, world: World, how: dict[str, str]) -> None:
    projects = await client.every(path_of("groups", "acme", "/projects"), per_page=3, **how)
    assert [project["id"] for project in projects] == list(range(7))
    assert world.calls.total() == 3


async def test_a_rate_limit_is_kept_outside_the_threads(client: Client, world: World) -> None:
    world.failures = [(429, {"Retry-After": "120"})]
    started = time.monotonic()
    for _ in range(2):
        with pytest.raises(NotNow) as raised:
            await client.get("/version")
        assert raised.value.limit
        assert 100 < raised.value.until.timestamp() - time.time() <= 121
    assert time.monotonic() - started < 60, "nobody slept"
    # The second time it was not even asked.
    assert world.calls.total() == 1


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_failing_gitlab_is_asked_again_later(client: Client, world: World, status: int) -> None:
    world.failures = [(status, {})]
    with pytest.raises(NotNow, match=str(status)) as raised:
        await client.get("/version")
    assert not raised.value.limit
    assert (await client.get("/version"))["version"]


async def test_a_page_of_maintenance_is_for_later(world: World) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Back soon</html>", content_type="text/html")

    app = web.Application()
    app.add_routes([web.get("/api/v4/version", page)])
    async with TestServer(app) as server:
        with pytest.raises(NotNow, match="no JSON"):
            await Client(f"http://127.0.0.1:{server.port}", world.token).get("/version")


async def test_the_token_goes_to_no_other_host(world: World) -> None:
    """Such as the sign-on page of a proxy before GitLab: requests would hand it every header but Authorization."""
    asked: list[web.Request] = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request)
        return web.json_response({"version": "17.0.0"})

    elsewhere = web.Application()
    elsewhere.add_routes([web.get("/{any:.*}", page)])
    async with TestServer(elsewhere) as other:

        async def send_on(_: web.Request) -> web.Response:
            raise web.HTTPFound(f"http://localhost:{other.port}/login")

        app = web.Application()
        app.add_routes([web.get("/api/v4/version", send_on)])
        async with TestServer(app) as server:
            with pytest.raises(Refused, match="sends requests on to localhost"):
                await Client(f"http://127.0.0.1:{server.port}", world.token).get("/version")
    assert not asked


@pytest.mark.parametrize(
    ("error", "later"),
    [
        ({"message": "Query has complexity of 501, which exceeds max complexity of 250"}, True),
        (
            {"message": "Field 'releases' doesn't exist on type 'Project'", "extensions": {"code": "undefinedField"}},
            False,
        ),
    ],
)
async def test_what_a_query_left_out_because_it_failed_is_not_taken_for_nothing(
    world: World, error: dict[str, object], later: bool
) -> None:
    async def graphql(_: web.Request) -> web.Response:
        return web.json_response({"errors": [error]})

    app = web.Application()
    app.add_routes([web.post("/api/graphql", graphql)])
    async with TestServer(app) as server:
        asked = Client(f"http://127.0.0.1:{server.port}", world.token).graphql("{ project }", {})
        if later:
            with pytest.raises(NotNow, match="could not carry out a query"):
                await asked
        else:
            assert await asked == {}


async def test_what_is_not_there_or_not_allowed_is_said(client: Client, world: World) -> None:
    with pytest.raises(Missing):
        await client.get(path_of("projects", "acme/secret"))
    world.failures = [(403, {})]
    with pytest.raises(Refused, match="Reporter"):
        await client.get("/version")
    world.token = "another"
    with pytest.raises(Refused, match="read_api"):
        await client.get("/version")


async def test_nobody_there_and_no_answer_in_time_are_for_later(world: World) -> None:
    with pytest.raises(NotNow, match="cannot be reached"):
        await Client("http://127.0.0.1:1", "x").get("/version")
    world.delay = 1
    async with fake_gitlab(world) as gitlab:
        with pytest.raises(NotNow, match="cannot be reached"):
            await Client(gitlab.url, world.token, patience=0.1).get("/version")


async def test_a_slow_gitlab_delays_no_webhook(world: World, engine: AsyncEngine, organization_id: UUID) -> None:
    """More calls than it takes at once are under way: deliveries, large ones too, are taken meanwhile."""
    world.held = asyncio.Event()
    # The local GitLab answers in the same loop: whoever blocked that would wait for it so long.
    async with fake_gitlab(world) as gitlab, door(engine, organization_id) as receiver:
        client = Client(gitlab.url, world.token, patience=10)
        asked = [asyncio.create_task(client.get("/version")) for _ in range(AT_ONCE + 1)]
        await asyncio.sleep(0.1)
        large = push(2) | {"padding": "x" * 2**21}
        for body in (push(1), large):
            assert (await send_github(receiver, body)).status == 202
        assert not any(task.done() for task in asked)
        world.held.set()
        await asyncio.gather(*asked)
        await client.close()
