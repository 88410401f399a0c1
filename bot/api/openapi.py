"""GET /api/v1/openapi.json: the API's description, made from the dataclasses of the answer itself."""

from typing import Any

from aiohttp import web

from bot.api import evidence, repository, team
from bot.api.schemas import schemas
from handlers.providers import PROVIDERS
from reports.numbers import METRICS
from reports.period import DEFAULT_PERIOD, EXAMPLES

PATH = "/api/v1/openapi.json"
# Of the API, not of the program: the first number is the one in its addresses.
VERSION = "1.0"

PARAMETERS: dict[str, dict[str, Any]] = {
    "from": {
        "description": "Beginning of the window: an ISO 8601 date or time. Without an offset it is local to `tz`.",
        "example": "2026-10-01",
    },
    "to": {
        "description": "End of the window, which does not belong to it: a date is its midnight. Left out: the end of "
        "today.",
        "example": "2026-11-01",
    },
    "period": {
        "description": f"Instead of `from` and `to`: {EXAMPLES}. Left out too: {DEFAULT_PERIOD}.",
        "example": DEFAULT_PERIOD,
    },
    "tz": {
        "description": "IANA time zone of days and weeks. Left out: the team's, else its organization's.",
        "example": "Europe/Berlin",
    },
    "service": {"description": "Only this service of the repositories.", "example": "checkout"},
}
PAGE_PARAMETERS: dict[str, dict[str, Any]] = {
    "left_out": {
        "description": "Instead of what was counted, what the number leaves out, assumes or lacks, one by one: the "
        "items behind `data_quality`, with its `kind` as `counted_as`.",
        "schema": {"type": "boolean", "default": False},
    },
    "limit": {
        "description": f"Items on a page, at most {evidence.MOST}. Left out: {evidence.DEFAULT_LIMIT}.",
        "schema": {"type": "integer", "minimum": 1, "maximum": evidence.MOST, "default": evidence.DEFAULT_LIMIT},
        "example": evidence.DEFAULT_LIMIT,
    },
    "after": {
        "description": "Where the page begins; it is in `next` of the page before. Left out: the newest items.",
        "schema": {"type": "string"},
    },
}
ERRORS = {
    "400": "A parameter cannot be read, or several servers have a repository of this path: `message` names them.",
    "401": "The token is missing, unknown or revoked.",
    "403": "The organization of the token was removed.",
    "404": "There is no such team, repository, service or metric; `message` suggests similar ones.",
    "422": "The window cannot be: backwards, empty or longer than five years.",
    "503": "The database does not answer.",
}


def document() -> dict[str, Any]:
    """OpenAPI 3.1, whose schemas are JSON Schema 2020-12."""
    in_team = [_in_path("slug", "The team's short name, in any case.", "platform")]
    in_repository = [
        _in_path("provider", f"{' or '.join(PROVIDERS)}.", next(iter(PROVIDERS))),
        _in_path(
            "path",
            "Its path, with slashes as they are or percent-encoded; where several servers of the provider have it, "
            "behind the host and a slash: `ghe.example.com/acme/api`.",
            "acme/api",
        ),
    ]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "devmetrics",
            "version": VERSION,
            "description": "DORA and pull-request numbers of teams and repositories. Windows are half-open; durations "
            "are elapsed seconds; null means no data.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}],
        "paths": {
            team.PATH: {"get": _metrics("team_metrics", "The numbers of a team", "TeamMetrics", in_team)},
            repository.PATH: {
                "get": _metrics("repository_metrics", "The numbers of a repository", "RepositoryMetrics", in_repository)
            },
            evidence.TEAM_PATH: {
                "get": _evidence("team_evidence", "What is behind a number of a team", "TeamEvidence", in_team)
            },
            evidence.REPOSITORY_PATH: {
                "get": _evidence(
                    "repository_evidence",
                    "What is behind a number of a repository",
                    "RepositoryEvidence",
                    in_repository,
                )
            },
        },
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of one organization: `devmetrics token create --name NAME`, or API_TOKEN.",
                }
            },
        },
    }


async def show_document(_: web.Request) -> web.Response:
    return web.json_response(document())


def _metrics(name: str, summary: str, schema: str, in_path: list[dict[str, Any]]) -> dict[str, Any]:
    ok = _answer("The numbers of the window, and of the window before.", schema)
    return _operation(name, summary, [*in_path, *_in_query(PARAMETERS)], ok)


def _evidence(name: str, summary: str, schema: str, in_path: list[dict[str, Any]]) -> dict[str, Any]:
    metric = _in_path("metric", "The number that is asked about.", "lead_time")
    metric["schema"] = {"type": "string", "enum": list(METRICS)}
    ok = _answer("The number, its definition, what was counted one by one and what was left out.", schema)
    return _operation(name, summary, [*in_path, metric, *_in_query(PARAMETERS | PAGE_PARAMETERS)], ok)


def _operation(name: str, summary: str, parameters: list[dict[str, Any]], answer: dict[str, Any]) -> dict[str, Any]:
    errors = {status: _answer(meaning, "Error") for status, meaning in ERRORS.items()}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {"200": answer, **errors},
    }


def _in_query(parameters: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"name": parameter, "in": "query", "required": False, "schema": {"type": "string"}, **more}
        for parameter, more in parameters.items()
    ]


def _in_path(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "example": example,
        "schema": {"type": "string"},
    }


def _answer(description: str, schema: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}
