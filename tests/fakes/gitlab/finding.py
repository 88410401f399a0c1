"""Groups and projects of the fake by what addresses call them: their id, or their path."""

from aiohttp import web

from tests.fakes.gitlab.world import Group, Project, World


def group_in(world: World, request: web.Request) -> Group:
    called = request.match_info["group"]
    return next(one for one in world.groups.values() if called in (str(one.id), one.path))


def project_in(world: World, request: web.Request) -> Project:
    called = request.match_info["project"]
    return next(one for one in world.projects.values() if called in (str(one.id), one.path))


def missing() -> web.Response:
    return web.json_response({"message": "404 Not Found"}, status=404)


def base(request: web.Request) -> str:
    return f"http://{request.host}"
