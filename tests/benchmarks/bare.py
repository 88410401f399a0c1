"""What everything is measured against: aiohttp and gidgethub verify and parse a delivery, and forget it."""

import asyncio
import sys

import uvloop
from aiohttp import web
from gidgethub.sansio import Event


def create_app(secret: str) -> web.Application:
    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        Event.from_http(request.headers, body, secret=secret)
        return web.Response(status=202)

    app = web.Application(client_max_size=25 * 2**20)
    app.router.add_post("/webhooks/github", receive)
    return app


def main() -> None:
    port, secret, loop = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    web.run_app(create_app(secret), host="127.0.0.1", port=port, access_log=None, print=None, loop=factory())


if __name__ == "__main__":
    main()
