"""What the resources share: who asks, the connection, and problems as answers."""

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.authorization import find_asker
from bot.api.problems import Problem
from bot.errors import error_response
from bot.keys import ENGINE
from reports.snapshot import snapshot
from reports.sources import UnknownService
from storage.tokens import note_use

logger = structlog.get_logger(__name__)

Resource = Callable[[web.Request, AsyncConnection, UUID], Awaitable[dict[str, Any]]]
View = Callable[[web.Request], Awaitable[web.Response]]


def authorized(resource: Resource) -> View:
    """A view of a resource, which gets one snapshot of the database and the organization of the token."""

    @wraps(resource)
    async def view(request: web.Request) -> web.Response:
        try:
            async with snapshot(request.app[ENGINE]) as connection:
                asker = await find_asker(request, connection)
                answer = await resource(request, connection, asker.organization_id)
            if asker.unnoted:
                async with request.app[ENGINE].begin() as writing:
                    await note_use(writing, asker.unnoted)
        except Problem as problem:
            response = error_response(problem.status, problem.code, problem.message)
            if problem.status == HTTPStatus.UNAUTHORIZED:
                response.headers["WWW-Authenticate"] = 'Bearer realm="devmetrics"'
            return response
        except UnknownService as error:
            return error_response(HTTPStatus.NOT_FOUND, "unknown_service", str(error))
        except (OSError, OperationalError, InterfaceError) as error:
            logger.warning("the database does not answer", reason=type(error).__name__)
            message = "The database does not answer. Try again in a moment."
            return error_response(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", message)
        # Numbers of people's work: for whoever asked, and for no cache on the way.
        return web.json_response(answer, headers={"Cache-Control": "private, no-store"})

    return view


def unknown(what: str, name: str, likely: list[str]) -> Problem:
    """404, with what the name may have meant."""
    guess = f" Did you mean {' or '.join(likely)}?" if likely else ""
    return Problem(HTTPStatus.NOT_FOUND, f"unknown_{what}", f"There is no {what} {name[:200]!r}.{guess}")
