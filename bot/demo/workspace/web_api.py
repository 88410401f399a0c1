"""Slack's Web API over HTTP: tokens, scopes, forms and JSON, and the failures that were planned."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

import bot.slack
from bot.demo.workspace.failing import fail
from bot.demo.workspace.failures import Failures, rate_limited
from bot.demo.workspace.methods import METHODS
from bot.demo.workspace.rate_limits import RateLimits
from bot.demo.workspace.refusal import Refused
from bot.demo.workspace.state import Json, State

# What the product asks for.
MANIFEST = json.loads(Path(bot.slack.__path__[0], "manifest.json").read_text())
# What Slack takes once a second.
PACED = {"chat.postMessage"}
SCOPES = frozenset(MANIFEST["oauth_config"]["scopes"]["bot"])


@dataclass(slots=True)
class WebApi:
    state: State
    failures: Failures
    token: str
    rate_limits: RateLimits
    scopes: frozenset[str] = SCOPES
    # Each call that arrived: method and arguments, also the refused ones.
    calls: list[tuple[str, Json]] = field(default_factory=list)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/{method}", self.take), web.get("/api/{method}", self.take)]

    async def take(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        arguments = await _arguments(request)
        self.calls.append((name, arguments))
        failure = self.failures.take(name)
        if failure is None and name in PACED:
            retry_after = self.rate_limits.take(str(arguments.get("channel")))
            failure = None if retry_after is None else rate_limited(name, retry_after)
        if failure is not None and not failure.lost:
            return fail(failure)
        try:
            answer = {"ok": True, **self._answer(name, arguments, request.headers.get("Authorization", ""))}
        except Refused as refused:
            answer = {"ok": False, "error": refused.code, "response_metadata": {"messages": refused.messages}}
            if refused.needed:
                answer |= {"needed": refused.needed, "provided": ",".join(sorted(self.scopes))}
        if failure is not None and request.transport is not None:
            request.transport.abort()
        # As Slack names those of the token that was accepted.
        accepted = answer.get("error") not in ("not_authed", "invalid_auth")
        return web.json_response(answer, headers={"X-OAuth-Scopes": ",".join(sorted(self.scopes))} if accepted else {})

    def _answer(self, name: str, arguments: Json, authorization: str) -> Json:
        if name not in METHODS:
            raise Refused("unknown_method")
        token = authorization.removeprefix("Bearer ") or arguments.get("token", "")
        if not token:
            raise Refused("not_authed")
        if token != self.token:
            raise Refused("invalid_auth")
        method, scope = METHODS[name]
        if scope is not None and scope not in self.scopes:
            raise Refused("missing_scope", needed=scope)
        answer = method(arguments, self.state)
        if name == "users.info" and "users:read.email" not in self.scopes:
            # https://docs.slack.dev/reference/scopes/users:read.email : it is left out then, not refused.
            del answer["user"]["profile"]["email"]
        return answer


async def _arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        body = await request.json()
        return body if isinstance(body, dict) else {}
    return {**request.query, **(await request.post())}
