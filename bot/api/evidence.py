"""GET .../metrics/{metric}/evidence of a team or a repository: what is behind a number, page by page."""

import base64
import json
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api import repository, team
from bot.api.answering import authorized, unknown
from bot.api.problems import Problem
from bot.api.question import PARAMETERS, read_question
from bot.commands.naming import similar
from reports.evidence import Position
from reports.explanation import explain_page
from reports.numbers import METRICS
from reports.report_json import explanation_as_json
from reports.scope import RepositoryScope, TeamScope

TEAM_PATH = f"{team.PATH}/{{metric}}/evidence"
REPOSITORY_PATH = f"{repository.PATH}/{{metric}}/evidence"
DEFAULT_LIMIT, MOST = 50, 200
OWN_PARAMETERS = ("left_out", "limit", "after")


class Cursor(NamedTuple):
    """Where the next page begins: opaque to whoever asks, so that it can change."""

    # When the first page was asked for: `30d` means the same on every page.
    as_of: datetime
    # Of how many; another total on a later page tells that something changed meanwhile.
    total: int
    position: Position


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
    cursor = read_cursor(request.query["after"]) if "after" in request.query else None
    as_of = cursor.as_of if cursor else datetime.now(UTC)
    question = read_question(request.query, scope.timezone, as_of, (*PARAMETERS, *OWN_PARAMETERS))
    found = await explain_page(
        connection,
        scope,
        metric,
        question.window,
        as_of,
        question.service,
        after=cursor.position if cursor else None,
        limit=_read_limit(request),
        leaves_out=_read_flag(request, "left_out"),
    )
    following = None
    if found.next is not None:
        total = cursor.total if cursor else found.total
        after = write_cursor(Cursor(as_of, total, found.next))
        following = str(request.rel_url.update_query({"after": after}))
    paging = {
        "as_of": as_of.isoformat(),
        "changed": cursor is not None and cursor.total != found.total,
        "next": following,
    }
    return {**explanation_as_json(found), **paging}


def write_cursor(cursor: Cursor) -> str:
    at, repository_id, key = cursor.position
    fields = [cursor.as_of.isoformat(), cursor.total, at.isoformat(), repository_id.hex, key]
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Raises `Problem`: 400 for what no page gave."""
    try:
        fields = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        as_of, total, at, repository_id, key = fields
        moments = [datetime.fromisoformat(as_of), datetime.fromisoformat(at)]
        # Nobody asks at the ends of the calendar, where no window can be counted back or on.
        told = all(moment.tzinfo is not None for moment in moments) and 1970 <= moments[0].year < 9999
        if not told or not isinstance(total, int) or "\x00" in key:
            raise ValueError("no cursor of ours")
        return Cursor(moments[0], total, Position(moments[1], UUID(repository_id), str(key)))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        message = "`after` is not what a page gave as `next`. Leave it out for the first page."
        raise Problem(HTTPStatus.BAD_REQUEST, "unreadable_cursor", message) from error


def _read_limit(request: web.Request) -> int:
    said = request.query.get("limit", str(DEFAULT_LIMIT))
    if said.isascii() and said.isdecimal() and len(said) < 10 and 1 <= int(said) <= MOST:
        return int(said)
    message = f"`limit` is a whole number from 1 to {MOST}, not {said[:40]!r}."
    raise Problem(HTTPStatus.BAD_REQUEST, "unreadable_number", message)


def _read_flag(request: web.Request, name: str) -> bool:
    said = request.query.get(name, "false").lower()
    if said not in ("true", "false"):
        raise Problem(HTTPStatus.BAD_REQUEST, "unreadable_flag", f"`{name}` is true or false, not {said[:40]!r}.")
    return said == "true"
