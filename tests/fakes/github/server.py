"""The local GitHub's server: tokens, limits, ETags, pages and troubles, in front of REST and GraphQL."""

import asyncio
import hashlib
import json
import os
import secrets
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from handlers.asking.api import Place
from handlers.github.api import GitHubApi
from handlers.github.client import Client
from handlers.github.credentials import Credentials
from handlers.incidents import BY_DEFAULT, IncidentLabels
from tests.fakes.github import rest
from tests.fakes.github.graphql import execute
from tests.fakes.github.world import World, stamp

APP_ID = "4242"
HOUR = 3600
KEY_VARIABLE = "DEVMETRICS_TEST_KEY"
# Troubles that `troubles` may hold, each for one call.
TROUBLES = ("secondary", "primary", "429", "429 primary", "500", "502", "slow", "graphql limit", "hang up")


@cache
def private_key() -> rsa.RSAPrivateKey:
    """One for all processes of a test: they inherit its path."""
    path = Path(os.environ.setdefault(KEY_VARIABLE, str(Path(tempfile.mkdtemp()) / "app.pem")))
    if not path.exists():
        path.write_bytes(
            rsa.generate_private_key(65537, 2048).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@cache
def pem() -> str:
    return (
        private_key()
        .private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        .decode()
    )


class FakeGitHub:
    """`calls` counts what was asked, `tokens` what was given out; `troubles` meet the next calls about repositories."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls: Counter[str] = Counter()
        self.tokens: dict[str, float] = {}
        self.token_seconds = HOUR
        self.troubles: deque[str] = deque()
        self.retry_after = 1
        self.limits = {"core": 5000, "graphql": 5000}
        self.used: Counter[str] = Counter()
        self.resets_at = time.time() + HOUR
        self.slow_seconds = 2.0
        # An older Enterprise Server keeps none: it has no such address.
        self.keeps_pushes = True
        # Nothing works.
        self.broken = False
        self.at_once = self.most_at_once = 0
        self.deliveries: list[dict[str, Any]] = []
        self.bodies: dict[str, tuple[str, bytes]] = {}
        self.hook: rest.Hook | None = None
        self.url = ""

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes([web.post("/graphql", self._graphql), web.post("/api/graphql", self._graphql)])
        for prefix in ("", "/api/v3"):
            app.add_routes(rest.routes(self, prefix))
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answer(request, handler)
        finally:
            self.at_once -= 1

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        resource = request.match_info.route.resource
        name = resource.canonical.removeprefix("/api/v3") if resource else request.path
        self.calls[f"{request.method} {name}"] += 1
        if self.broken:
            return error(500, "Server Error")
        refusal = self._authenticate(request)
        if refusal is not None:
            return refusal
        kind = "graphql" if name.endswith("/graphql") else "core"
        if self.troubles and not name.startswith("/app"):
            trouble = await self._trouble(self.troubles.popleft(), kind, request)
            if trouble is not None:
                return trouble
        if self.used[kind] >= self.limits[kind]:
            return self._limited(403, kind, "API rate limit exceeded for installation.")
        response: web.Response = await handler(request)
        tag = f'"{hashlib.sha1(response.body or b"").hexdigest()}"'  # type: ignore[arg-type]  # (always bytes here)
        if request.method == "GET" and response.status == 200:
            response.headers["ETag"] = tag
            if request.headers.get("If-None-Match") == tag:
                self.calls["not modified"] += 1
                return web.Response(status=304, headers=self._limit_headers(kind))
        self.used[kind] += 1
        response.headers.update(self._limit_headers(kind))
        return response

    def _authenticate(self, request: web.Request) -> web.Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if "/app" in request.path.removeprefix("/api/v3")[:4]:
            try:
                jwt.decode(token, private_key().public_key(), algorithms=["RS256"], issuer=APP_ID)
            except jwt.PyJWTError:
                return error(401, "A JSON web token could not be decoded")
            return None
        if scheme.lower() not in ("token", "bearer") or self.tokens.get(token, 0) < time.time():
            return error(401, "Bad credentials")
        if self.world.installation.suspended:
            return error(403, "This installation has been suspended")
        return None

    async def _trouble(self, trouble: str, kind: str, request: web.Request) -> web.Response | None:
        match trouble:
            case "secondary":
                said = "You have exceeded a secondary rate limit."
                return error(403, said, {"Retry-After": str(self.retry_after)})
            case "429":
                return error(429, "Too many requests.", {"Retry-After": str(self.retry_after)})
            case "untold":
                return error(403, "You have exceeded a secondary rate limit.")
            case "primary" | "429 primary":
                headers = self._limit_headers(kind) | {
                    "X-RateLimit-Remaining": "0",
                    "X-RateLimit-Reset": str(int(time.time()) + self.retry_after),
                }
                return error(403 if trouble == "primary" else 429, "API rate limit exceeded.", headers)
            case "500" | "502":
                return error(int(trouble), "Server Error")
            case "slow":
                await asyncio.sleep(self.slow_seconds)
            case "hang up":
                if request.transport:
                    request.transport.close()
            case "graphql limit" if kind == "graphql":
                errors = [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]
                return web.json_response({"errors": errors})
        return None

    def _limited(self, status: int, kind: str, message: str) -> web.Response:
        return error(status, message, self._limit_headers(kind))

    def _limit_headers(self, kind: str) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limits[kind]),
            "X-RateLimit-Remaining": str(max(0, self.limits[kind] - self.used[kind])),
            "X-RateLimit-Reset": str(int(self.resets_at)),
            "X-RateLimit-Resource": kind,
        }

    async def _graphql(self, request: web.Request) -> web.Response:
        asked = await request.json()
        return web.json_response(execute(self.world, asked["query"], asked.get("variables") or {}))

    def give_token(self) -> web.Response:
        token = f"ghs_{secrets.token_hex(20)}"
        self.tokens[token] = time.time() + self.token_seconds
        expires = datetime.now(UTC) + timedelta(seconds=self.token_seconds)
        return web.json_response({"token": token, "expires_at": stamp(expires)}, status=201)

    def page(self, request: web.Request, items: Sequence[Any], wrap: str | None = None) -> web.Response:
        """A page of a list, with GitHub's Link header to the next."""
        size = int(request.query.get("per_page", "30"))
        assert size <= 100, "GitHub gives at most 100"
        number = int(request.query.get("page", "1"))
        shown = items[(number - 1) * size : number * size]
        headers = {}
        if number * size < len(items):
            query = {**request.query, "page": str(number + 1)}
            headers["Link"] = f'<{request.url.origin()}{request.path}?{urlencode(query)}>; rel="next"'
        body: Any = {"total_count": len(items), wrap: shown} if wrap else shown
        return web.json_response(body, headers=headers)

    def asked(self) -> int:
        """Calls about repositories: without tokens, and without what the App asks about itself."""
        return sum(count for name, count in self.calls.items() if "/app" not in name and name != "not modified")


def error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return web.Response(
        status=status, body=json.dumps(body).encode(), content_type="application/json", headers=headers or {}
    )


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[FakeGitHub]:
    """Runs it; the world's addresses lead to it from then on."""
    github = FakeGitHub(world)
    private_key()
    server = TestServer(github.app())
    await server.start_server()
    github.url = str(server.make_url("/")).rstrip("/")
    try:
        yield github
    finally:
        await server.close()


def api_of(github: FakeGitHub, organization_id: UUID, **options: Any) -> GitHubApi:
    """Who asks it."""
    return api_at(github.url, github.world.web.partition("://")[2], organization_id, **options)


def api_at(
    url: str, host: str, organization_id: UUID, *, incident_labels: IncidentLabels = BY_DEFAULT, **options: Any
) -> GitHubApi:
    client = Client(Credentials(APP_ID, pem()), url, **{"pause_seconds": 0.01, **options})
    return GitHubApi(Place(organization_id, "github", host), client, incident_labels)
