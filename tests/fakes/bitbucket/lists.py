"""Repositories and what is in them. https://developer.atlassian.com/cloud/bitbucket/rest/"""

import operator
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from tests.fakes.bitbucket.paging import paged, select
from tests.fakes.bitbucket.world import Json, Repository, World

COMPARISONS = {">=": operator.ge, "<": operator.lt, ">": operator.gt, "<=": operator.le}
# Ids are in braces, which a plain part does not match.
ROOT = "/2.0/repositories/{workspace}/{repository:[^/]+}"


def missing() -> web.Response:
    return web.json_response({"type": "error", "error": {"message": "Not found"}}, status=404)


def repository_in(world: World, request: web.Request) -> Repository:
    """By its id or its name. Raises KeyError."""
    workspace, called = request.match_info["workspace"], request.match_info["repository"]
    for one in world.repositories.values():
        if one.workspace == workspace and called in (one.uuid, one.slug):
            return one
    raise KeyError(called)


def list_routes(world: World) -> list[web.RouteDef]:
    def of_repository(
        view: Callable[[web.Request, Repository], Any],
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                found = view(request, repository_in(world, request))
            except KeyError:
                return missing()
            if isinstance(found, list):
                return paged(request, found, world.page)
            return web.json_response(select(found, request.query.get("fields")))

        return answer

    async def repositories(request: web.Request) -> web.Response:
        of = [one for one in world.repositories.values() if one.workspace == request.match_info["workspace"]]
        return paged(request, [one.shown() for one in of], world.page) if of else missing()

    async def workspaces(request: web.Request) -> web.Response:
        """Not for access tokens, which are of one workspace each."""
        if not world.email:
            refused = "This API is not accessible by this authentication mechanism"
            return web.json_response({"type": "error", "error": {"message": refused}}, status=403)
        return paged(request, [{"workspace": {"slug": slug}} for slug in world.hooks], world.page)

    async def redirected(request: web.Request) -> web.Response:
        """Of a pull request: Bitbucket sends on to the diffstat of its two ends."""
        found, number = repository_in(world, request), int(request.match_info["number"])
        if number not in found.diffstats:
            return missing()
        query = {**request.query, "from_pullrequest_id": str(number), "topic": "true"}
        target = request.url.with_path(f"/2.0/repositories/{found.full_name}/diffstat/ends").with_query(query)
        raise web.HTTPFound(target)

    return [
        web.get("/2.0/user/workspaces", workspaces),
        web.get("/2.0/repositories/{workspace}", repositories),
        web.get(f"{ROOT}/pullrequests/{{number}}/diffstat", redirected),
        *(web.get(f"{ROOT}{rest}", of_repository(view)) for rest, view in VIEWS.items()),
    ]


def _commits(request: web.Request, of: Repository) -> list[Any]:
    """Reachable from what is included and not from what is excluded, the newest first."""
    ends = {name: [of.heads.get(end, end) for end in request.query.getall(name, [])] for name in ("include", "exclude")}
    if any(sha not in of.commits for shas in ends.values() for sha in shas):
        raise KeyError(ends)
    wanted = set().union(*(of.reachable(sha) for sha in ends["include"] or of.heads.values()))
    wanted = wanted.difference(*(of.reachable(sha) for sha in ends["exclude"]))
    # As git itself lists them: a child before its parents.
    order = {sha: place for place, sha in enumerate(of.commits)}
    return [of.commits[sha] for sha in sorted(wanted, key=lambda sha: order[sha], reverse=True)]


def _pull_requests(request: web.Request, of: Repository) -> list[Any]:
    """Without a state only those that are open."""
    states = request.query.getall("state", ["OPEN"])
    found = [one for one in of.pull_requests.values() if one["state"] in states]
    if wanted := request.query.get("q"):
        name, comparison, moment = wanted.split(" ", 2)
        compare, than = COMPARISONS[comparison], datetime.fromisoformat(moment)
        found = [one for one in found if compare(datetime.fromisoformat(one[name]), than)]
    sort = request.query.get("sort", "-updated_on")
    return sorted(found, key=lambda one: str(one[sort.lstrip("-")]), reverse=sort.startswith("-"))


def _deployments(request: web.Request, of: Repository) -> list[Any]:
    assert request.query["sort"] == "-state.started_on"
    return sorted(of.deployments, key=lambda one: one["state"].get("started_on") or "9", reverse=True)


def _number(request: web.Request) -> int:
    return int(request.match_info["number"])


def _pull_request_commits(request: web.Request, of: Repository) -> list[Any]:
    return [of.commits[sha] for sha in reversed(of.pull_request_commits[_number(request)])]


def _ends(request: web.Request, of: Repository) -> list[Json]:
    return of.diffstats[int(request.query["from_pullrequest_id"])]


VIEWS: dict[str, Callable[[web.Request, Repository], Any]] = {
    "": lambda _, of: of.shown(),
    "/commits": _commits,
    "/commit/{sha}": lambda request, of: of.commits[request.match_info["sha"]],
    "/commit/{sha}/statuses": lambda request, of: of.statuses.get(request.match_info["sha"], []),
    "/diffstat/ends": _ends,
    "/diffstat/{sha}": lambda request, of: of.diffstats[request.match_info["sha"]],
    "/refs/tags/{name}": lambda request, of: {"type": "tag", "target": {"hash": of.tags[request.match_info["name"]]}},
    "/pullrequests": _pull_requests,
    "/pullrequests/{number}": lambda request, of: of.pull_requests[_number(request)],
    "/pullrequests/{number}/commits": _pull_request_commits,
    "/pullrequests/{number}/activity": lambda request, of: of.activity.get(_number(request), []),
    "/deployments": _deployments,
}
