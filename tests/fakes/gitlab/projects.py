"""What is in projects: one by one, or page by page."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.fakes.gitlab.finding import base, missing, project_in
from tests.fakes.gitlab.lists import paged
from tests.fakes.gitlab.world import Project, World

View = Callable[[web.Request, Project], Any]


def project_routes(world: World) -> list[web.RouteDef]:
    def of_project(view: View) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                found = view(request, project_in(world, request))
            except (StopIteration, KeyError):
                return missing()
            return paged(request, found, world.page) if isinstance(found, list) else web.json_response(found)

        return answer

    views: dict[str, View] = {
        "": lambda request, project: project.shown(world.web or base(request), world.access_level),
        "/repository/commits": commits,
        "/repository/commits/{sha}": commit,
        "/repository/commits/{sha}/diff": diff,
        "/repository/tags/{name}": tag,
        "/repository/compare": compare,
        "/repository/branches/{name}": lambda request, project: {
            "commit": {"id": project.heads[request.match_info["name"]]}
        },
        "/events": lambda request, project: [
            one
            for one in newest(project.pushes, "created_at", request, "after")
            if one["created_at"] < request.query.get("before", "9999")
        ],
        "/merge_requests": merge_requests,
        "/merge_requests/{number}": lambda request, project: project.merge_requests[number(request)],
        "/merge_requests/{number}/commits": lambda request, project: project.merge_request_commits[number(request)],
        "/merge_requests/{number}/notes": lambda request, project: project.merge_request_notes.get(number(request), []),
        "/merge_requests/{number}/approvals": lambda request, project: project.merge_request_approvals[number(request)],
        "/deployments": lambda request, project: newest(project.deployments, "updated_at", request, "updated_after"),
        "/environments": lambda _, project: project.environments,
        "/issues": lambda request, project: newest(project.issues, "updated_at", request, "updated_after"),
    }
    return [web.get(f"/api/v4/projects/{{project}}{rest}", of_project(view)) for rest, view in views.items()]


def listed(project: Project) -> list[Any]:
    of_requests = (one for of in project.merge_request_commits.values() for one in of)
    return [*project.commits, *of_requests, *project.other_commits]


def reachable(sha: str, known: dict[str, Any], since: str = "") -> list[str]:
    """With itself, the newest first. As git does, it looks no further behind a commit that is older than `since`.

    https://git-scm.com/docs/git-log#Documentation/git-log.txt---since-as-filterdate
    """
    found: dict[str, None] = {}
    waiting = [sha]
    while waiting:
        one = waiting.pop(0)
        if one in known and one not in found and known[one].get("committed_date", "") >= since:
            found[one] = None
            waiting += known[one]["parent_ids"]
    return sorted(found, key=lambda sha: str(known[sha]["committed_date"]), reverse=True)


def number(request: web.Request) -> int:
    return int(request.match_info["number"])


def newest(items: list[Any], field: str, request: web.Request, since: str) -> list[Any]:
    after = request.query.get(since, "")
    return [item for item in items if (item.get(field) or "") >= after]


def commits(request: web.Request, project: Project) -> list[Any]:
    """Of a branch, of what a commit has, or of a range of revisions."""
    if not project.heads:
        return newest(project.commits, "committed_date", request, "since")
    known = {one["id"]: one for one in listed(project)}
    base, _, head = request.query["ref_name"].rpartition("..")
    head = project.heads.get(head, head)
    if head not in known:
        raise KeyError(head)
    had = reachable(base, known)
    return [known[sha] for sha in reachable(head, known, request.query.get("since", "")) if sha not in had]


def merge_requests(request: web.Request, project: Project) -> list[Any]:
    found = newest(list(project.merge_requests.values()), "updated_at", request, "updated_after")
    before = request.query.get("updated_before", "9999")
    state = request.query.get("state", "all")
    return [one for one in found if one["updated_at"] < before and state in ("all", one["state"])]


def compare(request: web.Request, project: Project) -> Any:
    """What is reachable from the one and not from the other, oldest first."""
    known = {one["id"]: one for one in listed(project)}
    base, head = (project.heads.get(end, end) for end in (request.query["from"], request.query["to"]))
    if head not in known or base not in known:
        raise KeyError(head)
    had = reachable(base, known)
    return {"commits": [known[sha] for sha in reversed(reachable(head, known)) if sha not in had]}


def commit(request: web.Request, project: Project) -> Any:
    return next(one for one in listed(project) if one["id"] == request.match_info["sha"])


def diff(request: web.Request, project: Project) -> Any:
    return [{"old_path": old, "new_path": new} for old, new in project.diffs[request.match_info["sha"]]]


def tag(request: web.Request, project: Project) -> Any:
    return {"commit": {"id": project.tags[request.match_info["name"]]}}
