"""Only the page itself may drive the workspace: not another web page that is open in the same browser."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Another name that leads here is a name that somebody made lead here (DNS rebinding).
HOSTS = {"127.0.0.1", "localhost"}
# Nothing comes from a network, and no other page may show this one in a frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def guarded(handler: Handler) -> Handler:
    """The handler, for requests from this machine's own page only."""

    async def guard(request: web.Request) -> web.StreamResponse:
        if reason := refusal(request):
            return web.json_response({"problem": reason}, status=HTTPStatus.FORBIDDEN)
        return await handler(request)

    return guard


def refusal(request: web.Request) -> str | None:
    """Why the request is refused. A browser names the page that a POST comes from; what is no browser may not."""
    if urlsplit(f"//{request.host}").hostname not in HOSTS:
        return "This page answers to 127.0.0.1 and localhost only."
    if request.method == "POST":
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            return "Another page may not act in this workspace."
        # A form of another page cannot send JSON.
        if request.content_type != "application/json":
            return "Send JSON."
    return None
