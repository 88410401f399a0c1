"""response_url: the address that comes with a command or a click, good for five answers in half an hour."""

import secrets
from dataclasses import dataclass, field

from aiohttp import web

from bot.demo.workspace.contents import read_message
from bot.demo.workspace.failing import fail
from bot.demo.workspace.failures import RESPONSE_URL, Failures
from bot.demo.workspace.refusal import Refused
from bot.demo.workspace.state import Json, State

MOST_ANSWERS = 5
LONGEST_SECONDS = 1800
FIELDS = {
    "text",
    "blocks",
    "response_type",
    "replace_original",
    "delete_original",
    "unfurl_links",
    "unfurl_media",
    "thread_ts",
    "metadata",
}


@dataclass(slots=True)
class Address:
    channel: str
    user: str
    issued_at: float
    # The message whose button was pressed; None for a command.
    original: str | None = None
    answers: int = 0


@dataclass(slots=True)
class ResponseUrls:
    state: State
    failures: Failures
    addresses: dict[str, Address] = field(default_factory=dict)
    # Each body that arrived, also the refused ones.
    calls: list[Json] = field(default_factory=list)

    def issue(self, channel: str, user: str, original: str | None = None) -> str:
        """The path of a new address."""
        key = secrets.token_urlsafe(16)
        self.addresses[key] = Address(channel, user, self.state.clock(), original)
        return f"/commands/{key}"

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/commands/{key}", self.take)]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.calls.append(body)
        failure = self.failures.take(RESPONSE_URL)
        if failure is not None and not failure.lost:
            return fail(failure)
        try:
            self._answer(request.match_info["key"], body)
        except Refused as refused:
            status = 404 if refused.code in {"used_url", "expired_url"} else 400
            return web.json_response({"ok": False, "error": refused.code, "messages": refused.messages}, status=status)
        if failure is not None and request.transport is not None:
            request.transport.abort()
        return web.Response(text="ok")

    def _answer(self, key: str, body: Json) -> None:
        address = self.addresses.get(key)
        if address is None or self.state.clock() - address.issued_at > LONGEST_SECONDS:
            raise Refused("expired_url")
        if address.answers >= MOST_ANSWERS:
            raise Refused("used_url")
        if unknown := set(body) - FIELDS:
            raise Refused("invalid_arguments", [f"[ERROR] unknown field: {name}" for name in sorted(unknown)])
        if body.get("response_type", "ephemeral") not in {"ephemeral", "in_channel"}:
            raise Refused("invalid_response_type")
        address.answers += 1
        original = self.state.messages.get(address.original or "")
        if body.get("delete_original"):
            if original is not None:
                self.state.delete(original.ts)
            return
        text, blocks = read_message(body)
        if body.get("replace_original") and original is not None:
            self.state.change(original.ts, text, blocks)
            return
        only_for = None if body.get("response_type") == "in_channel" else address.user
        self.state.post(address.channel, text, blocks, only_for=only_for, thread_ts=body.get("thread_ts"))
