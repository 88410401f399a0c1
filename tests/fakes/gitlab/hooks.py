"""Webhooks of groups and projects. https://docs.gitlab.com/api/project_webhooks/"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.fakes.gitlab.finding import group_in, missing, project_in
from tests.fakes.gitlab.lists import paged
from tests.fakes.gitlab.world import MAINTAINER, OWNER, Hook, World

MOST_EVENTS = 20

Owned = Callable[[web.Request, list[Hook]], Awaitable[web.Response]]


def hook_routes(world: World) -> list[web.RouteDef]:
    def of(answer: Owned) -> tuple[Callable[[web.Request], Awaitable[web.Response]], ...]:
        async def of_group(request: web.Request) -> web.Response:
            try:
                group = group_in(world, request)
            except StopIteration:
                return missing()
            # Without Premium there are no such addresses.
            if not world.premium:
                return missing()
            if world.access_level < OWNER:
                return web.json_response({"message": "403 Forbidden"}, status=403)
            return await answer(request, group.hooks)

        async def of_project(request: web.Request) -> web.Response:
            try:
                project = project_in(world, request)
            except StopIteration:
                return missing()
            if world.access_level < MAINTAINER:
                return web.json_response({"message": "403 Forbidden"}, status=403)
            return await answer(request, project.hooks)

        return of_group, of_project

    async def list_hooks(request: web.Request, hooks: list[Hook]) -> web.Response:
        return paged(request, [hook.shown(signing=world.signing) for hook in hooks])

    async def show(request: web.Request, hooks: list[Hook]) -> web.Response:
        return web.json_response(the(request, hooks).shown(signing=world.signing))

    async def add(request: web.Request, hooks: list[Hook]) -> web.Response:
        hooks.append(Hook(world.new_id(), taken(await request.json())))
        return web.json_response(hooks[-1].shown(signing=world.signing), status=201)

    async def change(request: web.Request, hooks: list[Hook]) -> web.Response:
        hook = the(request, hooks)
        hook.told |= taken(await request.json())
        return web.json_response(hook.shown(signing=world.signing))

    async def remove(request: web.Request, hooks: list[Hook]) -> web.Response:
        hooks.remove(the(request, hooks))
        return web.Response(status=204)

    async def test(request: web.Request, hooks: list[Hook]) -> web.Response:
        hook = the(request, hooks)
        world.tested.append(hook.id)
        if hook.delivering is not None:
            await hook.delivering.test()
        else:
            hook.alert_status = "executable"
        return web.json_response({"message": "201 Created"}, status=201)

    async def events(request: web.Request, hooks: list[Hook]) -> web.Response:
        """Of the last seven days, the newest first.

        https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/api/hooks/events.rb
        """
        if int(request.query.get("per_page", MOST_EVENTS)) > MOST_EVENTS:
            return web.json_response({"error": "per_page does not have a valid value"}, status=400)
        return paged(request, the(request, hooks).events)

    async def resend(request: web.Request, hooks: list[Hook]) -> web.Response:
        hook, event = the(request, hooks), request.match_info["event"]
        world.resent.append(event)
        if hook.delivering is not None:
            await hook.delivering.resend(event)
        return web.json_response({"response_status": 202}, status=201)

    def taken(told: dict[str, object]) -> dict[str, object]:
        """Older versions do not know signing tokens, and say nothing of it."""
        return {name: value for name, value in told.items() if world.signing or name != "signing_token"}

    routes: list[web.RouteDef] = []
    for method, rest, answer in (
        ("GET", "", list_hooks),
        ("POST", "", add),
        ("GET", "/{hook}", show),
        ("PUT", "/{hook}", change),
        ("DELETE", "/{hook}", remove),
        ("POST", "/{hook}/test/{trigger}", test),
        ("GET", "/{hook}/events", events),
        ("POST", "/{hook}/events/{event}/resend", resend),
    ):
        of_group, of_project = of(answer)
        routes.append(web.route(method, f"/api/v4/groups/{{group}}/hooks{rest}", of_group))
        routes.append(web.route(method, f"/api/v4/projects/{{project}}/hooks{rest}", of_project))
    return routes


def the(request: web.Request, hooks: list[Hook]) -> Hook:
    return next(hook for hook in hooks if str(hook.id) == request.match_info["hook"])
