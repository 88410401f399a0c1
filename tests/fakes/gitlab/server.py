"""The fake's REST API. https://docs.gitlab.com/api/rest/"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes.gitlab.hooks import hook_routes
from tests.fakes.gitlab.lists import group_routes
from tests.fakes.gitlab.projects import project_routes
from tests.fakes.gitlab.world import Json, Project, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeGitLab(NamedTuple):
    world: World
    url: str


def refusing(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status)


def upstream(project: Project, pipeline: int) -> Json:
    """By global ids."""
    if pipeline not in project.upstream:
        return {"upstream": None}
    started_by, of = project.upstream[pipeline]
    return {
        "upstream": {"id": f"gid://gitlab/Ci::Pipeline/{started_by}", "project": {"id": f"gid://gitlab/Project/{of}"}}
    }


def behave(world: World) -> Any:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        world.calls[f"{request.method} {resource.canonical if resource else request.path}"] += 1
        if world.delay:
            await asyncio.sleep(world.delay)
        if world.held:
            await world.held.wait()
        if world.failures:
            status, headers = world.failures.pop(0)
            return web.json_response({"message": "so it is"}, status=status, headers=headers)
        if request.headers.get("PRIVATE-TOKEN") != world.token:
            return refusing(401, "401 Unauthorized")
        reading = (request.method == "GET" or request.path == "/api/graphql") and "read_api" in world.scopes
        if not (reading or "api" in world.scopes):
            return refusing(403, "403 insufficient_scope")
        return await handler(request)

    return middleware


@asynccontextmanager
async def fake_gitlab(world: World | None = None) -> AsyncIterator[FakeGitLab]:
    world = world or World()
    app = web.Application(middlewares=[behave(world)])

    async def token(_: web.Request) -> web.Response:
        return web.json_response(
            {"name": "devmetrics", "scopes": list(world.scopes), "active": True, "expires_at": world.expires_at}
        )

    async def version(_: web.Request) -> web.Response:
        return web.json_response({"version": world.version, "revision": "0a1b2c3"})

    async def graphql(request: web.Request) -> web.Response:
        """Sizes of merge requests, releases and what started a pipeline: the things that are asked there."""
        asked = await request.json()
        query, variables = asked["query"], asked["variables"]
        project = next(one for one in world.projects.values() if one.path == variables["path"])
        if "releases(" in query:
            start = int(variables["after"] or 0)
            end = start + world.page
            page = {"hasNextPage": end < len(project.releases), "endCursor": str(end)}
            shown = {"pageInfo": page, "nodes": project.releases[start:end]}
            return web.json_response({"data": {"project": {"releases": shown}}})
        if "upstream" in query:
            pipelines = re.findall(r"Ci::Pipeline/(\d+)", query)
            # Each field is a point, at least. https://docs.gitlab.com/api/graphql/#maximum-query-complexity
            if (points := 5 * len(pipelines)) > 250:
                message = f"Query has complexity of {points}, which exceeds max complexity of 250"
                return web.json_response({"errors": [{"message": message}]})
            shown = {f"p{one}": upstream(project, int(one)) for one in pipelines}
            return web.json_response({"data": {"project": shown}})
        numbers = [number for number in map(int, variables["numbers"]) if number in project.merge_requests]
        nodes = [{"iid": str(number), "diffStatsSummary": project.sizes.get(number)} for number in numbers]
        return web.json_response({"data": {"project": {"mergeRequests": {"nodes": nodes}}}})

    app.add_routes(
        [
            web.get("/api/v4/personal_access_tokens/self", token),
            web.get("/api/v4/version", version),
            web.post("/api/graphql", graphql),
            *hook_routes(world),
            *group_routes(world),
            *project_routes(world),
        ]
    )
    async with TestServer(app) as server:
        yield FakeGitLab(world, f"http://127.0.0.1:{server.port}")
