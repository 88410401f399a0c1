"""The part of GitHub that registers Apps from manifests: its page, its redirect, its exchange of codes.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

KNOWN_KEYS = {
    *("name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public"),
    *("default_events", "default_permissions", "request_oauth_on_install", "setup_on_update"),
}
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\nnot a real one\n-----END RSA PRIVATE KEY-----\n"


@dataclass
class Registrations:
    """Remembers what it was asked. A code is good once."""

    manifests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The status of the next exchanges, when they shall fail.
    failing: int | None = None
    url: str = ""

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/v3"

    def app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/settings/apps/new", self.ask_name),
                web.post("/organizations/{owner}/settings/apps/new", self.ask_name),
                web.post("/register", self.register),
                web.post("/api/v3/app-manifests/{code}/conversions", self.convert),
                web.get("/apps/{slug}/installations/new", self.install),
            ]
        )
        return app

    async def ask_name(self, request: web.Request) -> web.Response:
        form = await request.post()
        manifest = json.loads(str(form["manifest"]))
        assert set(manifest) <= KNOWN_KEYS, "GitHub refuses keys that it does not know"
        self.manifests.append((request.match_info.get("owner", ""), manifest))
        page = f"""<!doctype html><html lang="en"><title>Create GitHub App</title><main><h1>Create GitHub App</h1>
<form method="post" action="/register"><label>Name <input name="name" value="{escape(manifest["name"])}"></label>
<input type="hidden" name="back" value="{escape(manifest["redirect_url"])}">
<input type="hidden" name="installed" value="{escape(manifest["setup_url"])}">
<input type="hidden" name="state" value="{escape(request.query["state"])}">
<button>Create GitHub App</button></form></main>"""
        return web.Response(text=page, content_type="text/html")

    async def register(self, request: web.Request) -> web.Response:
        form = await request.post()
        code = secrets.token_hex(20)
        self.codes[code] = self.made(str(form["name"]), str(form["installed"]))
        raise web.HTTPFound(URL(str(form["back"])).with_query(code=code, state=str(form["state"])))

    def made(self, name: str, installed: str = "") -> dict[str, Any]:
        slug = name.lower().replace(" ", "-")
        return {
            "id": 4711,
            "slug": slug,
            "name": name,
            "html_url": f"{self.url}/apps/{slug}",
            "client_id": "Iv1.8a61f9b3a7aba766",
            "client_secret": "client-secret",
            "webhook_secret": "webhook-secret",
            "pem": PRIVATE_KEY,
            "installed": installed,
        }

    async def convert(self, request: web.Request) -> web.Response:
        if self.failing:
            return web.json_response({"message": "no"}, status=self.failing)
        made = self.codes.pop(request.match_info["code"], None)
        if made is None:
            return web.json_response({"message": "Not Found"}, status=404)
        return web.json_response(made, status=201)

    async def install(self, _: web.Request) -> web.Response:
        manifest = self.manifests[-1][1]
        page = f"""<!doctype html><html lang="en"><title>Install</title><main><h1>Install</h1>
<a href="{escape(manifest["setup_url"])}?installation_id=1&amp;setup_action=install">Install</a></main>"""
        return web.Response(text=page, content_type="text/html")


@asynccontextmanager
async def fake_github() -> AsyncIterator[Registrations]:
    registrations = Registrations()
    async with TestServer(registrations.app()) as server:
        registrations.url = str(server.make_url("")).rstrip("/")
        yield registrations
