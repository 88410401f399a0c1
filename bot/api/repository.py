"""GET /api/v1/repositories/{provider}/{path}/metrics; the path has slashes, percent-encoded or not."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.answering import authorized, unknown
from bot.api.problems import Problem
from bot.api.question import read_question
from bot.commands.naming import similar_path
from reports.report_json import report_as_json
from reports.repository_report import repository_report
from reports.scope import AmbiguousRepository, RepositoryScope, find_repository, list_repository_paths

PATH = "/api/v1/repositories/{provider}/{path}/metrics"


@authorized
async def show_repository(request: web.Request, connection: AsyncConnection, organization_id: UUID) -> dict[str, Any]:
    scope = await repository_of(request, connection, organization_id)
    now = datetime.now(UTC)
    question = read_question(request.query, scope.timezone, now)
    return report_as_json(await repository_report(connection, scope, question.window, now, question.service))


async def repository_of(request: web.Request, connection: AsyncConnection, organization_id: UUID) -> RepositoryScope:
    """The repository that the address names. Raises `Problem`."""
    provider, path = request.match_info["provider"], request.match_info["path"]
    try:
        scope = await find_repository(connection, organization_id, provider, path)
    except AmbiguousRepository as ambiguous:
        raise Problem(HTTPStatus.BAD_REQUEST, "ambiguous_repository", str(ambiguous)) from None
    if scope is None:
        paths = await list_repository_paths(connection, organization_id, provider)
        raise unknown("repository", f"{provider}/{path}", similar_path(path, paths))
    return scope
