"""GET /api/v1/teams/{slug}/metrics"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.answering import authorized, unknown
from bot.api.question import read_question
from bot.commands.naming import similar
from reports.report_json import report_as_json
from reports.scope import TeamScope, find_team, list_teams
from reports.team_report import team_report

PATH = "/api/v1/teams/{slug}/metrics"


@authorized
async def show_team(request: web.Request, connection: AsyncConnection, organization_id: UUID) -> dict[str, Any]:
    scope = await team_of(request, connection, organization_id)
    now = datetime.now(UTC)
    question = read_question(request.query, scope.timezone, now)
    return report_as_json(await team_report(connection, scope, question.window, now, question.service))


async def team_of(request: web.Request, connection: AsyncConnection, organization_id: UUID) -> TeamScope:
    """The team that the address names. Raises `Problem`."""
    slug = request.match_info["slug"]
    scope = await find_team(connection, organization_id, slug)
    if scope is None:
        teams = await list_teams(connection, organization_id)
        raise unknown("team", slug, similar(slug, [team.slug for team in teams]))
    return scope
