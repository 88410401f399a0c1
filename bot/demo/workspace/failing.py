"""How a planned failure looks on the wire."""

from aiohttp import web

from bot.demo.workspace.failures import RESPONSE_URL, Failure


def fail(failure: Failure) -> web.Response:
    headers = {"Retry-After": str(failure.retry_after)} if failure.retry_after is not None else {}
    if failure.on == RESPONSE_URL or failure.status >= 500:
        return web.Response(status=failure.status, text=failure.error, headers=headers)
    return web.json_response({"ok": False, "error": failure.error}, status=failure.status, headers=headers)
