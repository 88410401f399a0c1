"""The fake's door: who may ask, what fails, how long it takes."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.bitbucket.hooks import hook_routes
from tests.fakes.bitbucket.lists import list_routes
from tests.fakes.bitbucket.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# What an address needs, by a word in it; everything else needs `repository`.
# https://developer.atlassian.com/cloud/bitbucket/bitbucket-cloud-rest-api-scopes/
SCOPES = {"hooks": "webhook", "pullrequests": "pullrequest", "deployments": "pipeline"}


class FakeBitbucket(NamedTuple):
    world: World
    # Of the API.
    url: str


def refusing(status: int, message: str, **detail: Any) -> web.Response:
    error = {"message": message, **({"detail": detail} if detail else {})}
    return web.json_response({"type": "error", "error": error}, status=status)


def behave(world: World) -> Any:
    under_way = 0

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal under_way
        under_way += 1
        world.busiest = max(world.busiest, under_way)
        try:
            resource = request.match_info.route.resource
            world.calls[f"{request.method} {resource.canonical if resource else request.path}"] += 1
            if world.delay:
                await asyncio.sleep(world.delay)
            response = await answer(request, handler)
        finally:
            under_way -= 1
        response.headers.update(world.headers)
        # https://support.atlassian.com/bitbucket-cloud/kb/how-to-fetch-the-scope-of-a-token-via-command-line/
        response.headers["X-OAuth-Scopes"] = ", ".join(world.scopes)
        return response

    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if world.failures:
            status, headers = world.failures.pop(0)
            return web.Response(text="Rate limit for this resource has been exceeded", status=status, headers=headers)
        wanted = f"Bearer {world.token}"
        if world.email:
            wanted = "Basic " + b64encode(f"{world.email}:{world.token}".encode()).decode()
        if request.headers.get("Authorization") != wanted:
            return refusing(401, "Token is invalid, expired, or not supported for this endpoint.")
        needed = next((scope for word, scope in SCOPES.items() if f"/{word}" in request.path), "repository")
        if "/hook_events/" in request.path:
            return await handler(request)
        if not {needed, f"read:{needed}:bitbucket"} & {*world.scopes}:
            lack = "Your credentials lack one or more required privilege scopes."
            return refusing(403, lack, granted=list(world.scopes), required=[needed])
        return await handler(request)

    return middleware


@asynccontextmanager
async def fake_bitbucket(world: World | None = None) -> AsyncIterator[FakeBitbucket]:
    world = world or World()
    app = web.Application(middlewares=[behave(world)])
    app.add_routes([*hook_routes(world), *list_routes(world)])
    async with TestServer(app) as server:
        yield FakeBitbucket(world, f"http://127.0.0.1:{server.port}/2.0")
