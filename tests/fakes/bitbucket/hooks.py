"""Webhooks of workspaces and repositories. https://developer.atlassian.com/cloud/bitbucket/rest/api-group-webhooks/"""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from aiohttp import web

from tests.fakes.bitbucket.lists import ROOT, missing, repository_in
from tests.fakes.bitbucket.paging import paged
from tests.fakes.bitbucket.world import Json, World

Owned = Callable[[web.Request, list[Json]], Awaitable[web.Response]]
WORKSPACE = "/2.0/workspaces/{workspace}"


# Of workspaces; a repository does not tell of being made.
# https://developer.atlassian.com/cloud/bitbucket/rest/api-group-webhooks/#api-hook-events-subject-type-get
OF = {
    "repo": "push fork updated transfer imported created deleted commit_comment_created commit_status_created "
    "commit_status_updated",
    "project": "updated",
    "issue": "created updated comment_created",
    "pullrequest": "created updated approved unapproved fulfilled rejected changes_request_created "
    "changes_request_removed comment_created comment_updated comment_deleted comment_resolved comment_reopened",
}
EVENTS = [f"{subject}:{event}" for subject, events in OF.items() for event in events.split()]


def shown(hook: Json) -> Json:
    """A secret is never shown, only whether there is one."""
    return {**{name: hook[name] for name in hook if name != "secret"}, "secret_set": bool(hook.get("secret"))}


def hook_routes(world: World) -> list[web.RouteDef]:
    def of(answer: Owned) -> tuple[Callable[[web.Request], Awaitable[web.Response]], ...]:
        async def check(request: web.Request, hooks: list[Json] | None) -> web.Response:
            if hooks is None:
                return missing()
            if not world.administrator:
                return web.json_response({"type": "error", "error": {"message": "Access denied"}}, status=403)
            return await answer(request, hooks)

        async def of_workspace(request: web.Request) -> web.Response:
            return await check(request, world.hooks.get(request.match_info["workspace"]))

        async def of_repository(request: web.Request) -> web.Response:
            try:
                return await check(request, repository_in(world, request).hooks)
            except KeyError:
                return missing()

        return of_workspace, of_repository

    async def list_hooks(request: web.Request, hooks: list[Json]) -> web.Response:
        return paged(request, [shown(hook) for hook in hooks], world.page)

    async def add(request: web.Request, hooks: list[Json]) -> web.Response:
        told = await request.json()
        hooks.append({"type": "webhook_subscription", "uuid": f"{{{uuid4()}}}", "active": True, **told})
        return web.json_response(shown(hooks[-1]), status=201)

    async def change(request: web.Request, hooks: list[Json]) -> web.Response:
        hook = next(one for one in hooks if one["uuid"] == request.match_info["hook"])
        # What is left out stays.
        hook |= await request.json()
        return web.json_response(shown(hook))

    async def remove(request: web.Request, hooks: list[Json]) -> web.Response:
        hooks[:] = [one for one in hooks if one["uuid"] != request.match_info["hook"]]
        return web.Response(status=204)

    async def events(request: web.Request) -> web.Response:
        left_out = "repo:created" if request.match_info["subject"] == "repository" else ""
        return paged(request, [{"event": event} for event in EVENTS if event != left_out], world.page)

    routes = [web.get("/2.0/hook_events/{subject}", events)]
    for method, rest, answer in (
        ("GET", "", list_hooks),
        ("POST", "", add),
        ("PUT", "/{hook:[^/]+}", change),
        ("DELETE", "/{hook:[^/]+}", remove),
    ):
        of_workspace, of_repository = of(answer)
        routes.append(web.route(method, f"{WORKSPACE}/hooks{rest}", of_workspace))
        routes.append(web.route(method, f"{ROOT}/hooks{rest}", of_repository))
    return routes
