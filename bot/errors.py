"""Errors of the web server in one form: `{"error": {"code", "message"}}`, never a traceback."""

from http import HTTPStatus
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from handlers.failures import kind_of, where

logger = structlog.get_logger(__name__)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status < HTTPStatus.BAD_REQUEST:
            raise
        code = HTTPStatus(answer.status).phrase.lower().replace(" ", "_")
        if isinstance(answer, web.HTTPMethodNotAllowed):
            message = f"{request.method} is not possible here, only {', '.join(sorted(answer.allowed_methods))}."
            response = error_response(answer.status, code, message)
            response.headers["Allow"] = answer.headers["Allow"]
            return response
        if isinstance(answer, web.HTTPNotFound):
            return error_response(answer.status, code, f"There is nothing at {request.path}.")
        return error_response(answer.status, code, answer.text or answer.reason)
    except Exception as error:  # noqa: BLE001 (the edge: whoever asked gets an answer, and the log what happened)
        reference = uuid4().hex[:12]
        logger.error(
            "a request failed",
            method=request.method,
            # Not the path itself: a private repository's name may be in it.
            path=resource.canonical if (resource := request.match_info.route.resource) else None,
            reference=reference,
            reason=kind_of(error),
            where=where(error),
        )
        message = f"Something went wrong here. Its reference in the log is {reference}."
        return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", message)


def error_response(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)
