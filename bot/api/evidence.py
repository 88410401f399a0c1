"""GET .../metrics/{metric}/evidence of a team or a repository: what is behind a number, page by page."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api import repository, team
from bot.api.answering import authorized, unknown
from bot.api.problems import Problem
from bot.api.question import PARAMETERS, read_question
from bot.commands.naming import similar
from reports.explanation import explain
from reports.numbers import METRICS
from reports.report_json import explanation_as_json
from reports.scope import RepositoryScope, TeamScope

TEAM_PATH = f"{team.PATH}/{{metric}}/evidence"
REPOSITORY_PATH = f"{repository.PATH}/{{metric}}/evidence"
DEFAULT_LIMIT, MOST = 50, 200
# Beyond it the database would only skip.
LAST_PAGE = 100_000


@authorized
async def show_team_evidence(
    request: web.Request, connection: AsyncConnection, organization_id: UUID
) -> dict[str, Any]:
    return await _show(request, connection, await team.team_of(request, connection, organization_id))


@authorized
async def show_repository_evidence(
    request: web.Request, connection: AsyncConnection, organization_id: UUID
) -> dict[str, Any]:
    return await _show(request, connection, await repository.repository_of(request, connection, organization_id))


async def _show(
    request: web.Request, connection: AsyncConnection, scope: TeamScope | RepositoryScope
) -> dict[str, Any]:
    metric = request.match_info["metric"]
    if metric not in METRICS:
        raise unknown("metric", metric, similar(metric, METRICS) or list(METRICS))
    now = datetime.now(UTC)
    question = read_question(request.query, scope.timezone, now, (*PARAMETERS, "limit", "page"))
    limit = _read_number(request, "limit", DEFAULT_LIMIT, MOST)
    page = _read_number(request, "page", 1, LAST_PAGE)
    found = await explain(
        connection, scope, metric, question.window, now, question.service, first=(page - 1) * limit, limit=limit
    )
    paging = {"page": page, "limit": limit, "next_page": page + 1 if page * limit < found.total else None}
    return {**explanation_as_json(found), **paging}


def _read_number(request: web.Request, name: str, default: int, most: int) -> int:
    said = request.query.get(name, str(default))
    if said.isascii() and said.isdecimal() and len(said) < 10 and 1 <= int(said) <= most:
        return int(said)
    message = f"`{name}` is a whole number from 1 to {most}, not {said[:40]!r}."
    raise Problem(HTTPStatus.BAD_REQUEST, "unreadable_number", message)
