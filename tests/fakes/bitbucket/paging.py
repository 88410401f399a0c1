"""Lists page by page, and answers of which only some fields are asked for."""

from typing import Any

from aiohttp import web

from tests.fakes.bitbucket.world import Json

# What Bitbucket itself takes at most; of pull requests it takes fewer.
LONGEST = {"pullrequests": 50, "activity": 50, "diffstat": 5000}


def paged(request: web.Request, items: list[Any], most: int) -> web.Response:
    """https://developer.atlassian.com/cloud/bitbucket/rest/intro/#pagination"""
    resource = request.path.rstrip("/").rpartition("/")[2]
    longest = LONGEST.get("diffstat" if "/diffstat" in request.path else resource, 100)
    size = int(request.query.get("pagelen", 10))
    if size > longest:
        return web.json_response({"type": "error", "error": {"message": "Invalid pagelen"}}, status=400)
    size, page = min(most, size), int(request.query.get("page", 1))
    told: Json = {"pagelen": size, "page": page, "values": items[(page - 1) * size : page * size]}
    if page * size < len(items):
        # At the address that everybody has, wherever the request came to.
        query = request.url.update_query({"page": str(page + 1)}).raw_query_string
        told["next"] = f"https://api.bitbucket.org{request.rel_url.raw_path}?{query}"
    return web.json_response(select(told, request.query.get("fields")))


def select(told: Json, fields: str | None) -> Json:
    """https://developer.atlassian.com/cloud/bitbucket/rest/intro/#partial-response"""
    if fields is None or fields.startswith("+"):
        more = {name.lstrip("+") for name in (fields or "").split(",")}
        return without(told, more)
    picked: Json = pick(told, [name.split(".") for name in fields.split(",")])
    return picked


def without(told: Json, more: set[str]) -> Json:
    """Lists leave the reviewers out."""
    if "values.reviewers" in more or "values" not in told:
        return told
    values = [{key: one[key] for key in one if key != "reviewers"} for one in told["values"]]
    return {**told, "values": values}


def pick(told: Any, paths: list[list[str]]) -> Any:
    if not all(paths) or told is None:
        return told
    if isinstance(told, list):
        return [pick(one, paths) for one in told]
    kept = {}
    for key in {path[0] for path in paths} & told.keys():
        kept[key] = pick(told[key], [path[1:] for path in paths if path[0] == key])
    return kept
