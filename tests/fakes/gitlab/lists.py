"""Groups, their projects and members, page by page. https://docs.gitlab.com/api/rest/#pagination"""

from typing import Any

from aiohttp import web

from tests.fakes.gitlab.finding import base, group_in, missing
from tests.fakes.gitlab.world import World


def paged(request: web.Request, items: list[Any], most: int = 100) -> web.Response:
    """By offset, or by keyset where it is asked for: then the next page is known by its link alone."""
    size = min(most, int(request.query.get("per_page", 20)))
    keyset = request.query.get("pagination") == "keyset"
    page = int(request.query.get("cursor" if keyset else "page", 1))
    some = items[(page - 1) * size : page * size]
    headers = {}
    if page * size < len(items):
        following = request.url.update_query({"cursor" if keyset else "page": str(page + 1)})
        headers["Link"] = f'<{following}>; rel="next"'
        if not keyset:
            headers["X-Next-Page"] = str(page + 1)
    return web.json_response(some, headers=headers)


def group_routes(world: World) -> list[web.RouteDef]:
    async def group(request: web.Request) -> web.Response:
        try:
            return web.json_response(group_in(world, request).shown(base(request)))
        except StopIteration:
            return missing()

    async def subgroups(request: web.Request) -> web.Response:
        of = group_in(world, request)
        found = [one for one in world.groups.values() if one.path.startswith(f"{of.path}/")]
        return paged(request, [one.shown(base(request)) for one in found])

    async def projects(request: web.Request) -> web.Response:
        of = group_in(world, request)
        found = world.projects_in(of)
        if request.query.get("include_subgroups") != "true":
            found = [project for project in found if project.path.count("/") == of.path.count("/") + 1]
        if request.query.get("with_shared") != "false":
            found += [project for project in world.projects.values() if of.id in project.shared_with]
        if "archived" in request.query:
            found = [project for project in found if project.archived == (request.query["archived"] == "true")]
        return paged(request, [one.shown(world.web or base(request), world.access_level) for one in found])

    async def groups(request: web.Request) -> web.Response:
        top = [one for one in world.groups.values() if "/" not in one.path]
        return paged(request, [one.shown(base(request)) for one in top])

    async def all_projects(request: web.Request) -> web.Response:
        return paged(
            request, [one.shown(world.web or base(request), world.access_level) for one in world.projects.values()]
        )

    async def members(request: web.Request) -> web.Response:
        return paged(request, group_in(world, request).members)

    return [
        web.get("/api/v4/groups", groups),
        web.get("/api/v4/projects", all_projects),
        web.get("/api/v4/groups/{group}", group),
        web.get("/api/v4/groups/{group}/descendant_groups", subgroups),
        web.get("/api/v4/groups/{group}/projects", projects),
        web.get("/api/v4/groups/{group}/members", members),
    ]
