"""What people do arrives at the application as Slack sends it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.signature import SignatureVerifier

from bot.demo.workspace.sender import Sender
from bot.demo.workspace.server import Workspace
from bot.demo.workspace.state import Json

BLOCKS = [
    {
        "type": "actions",
        "block_id": "b",
        "elements": [
            {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "now"},
            {
                "type": "static_select",
                "action_id": "menu",
                "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}],
            },
        ],
    }
]


@dataclass
class Application:
    """Takes anything and remembers it."""

    headers: list[dict[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    forms: list[Json] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        self.raw.append(await request.read())
        self.forms.append(dict(await request.post()))
        return web.Response(text="")


@pytest.fixture
def application() -> Application:
    return Application()


@pytest.fixture
async def people(workspace: Workspace, application: Application) -> AsyncIterator[Sender]:
    app = web.Application()
    app.add_routes([web.post("/slack/events", application.take)])
    async with TestServer(app) as server, workspace.people(str(server.make_url("/slack/events"))) as people:
        yield people


async def test_a_slash_command_is_a_signed_form(workspace: Workspace, people: Sender, application: Application) -> None:
    ana = workspace.state.add_user("ana")
    here = workspace.state.add_channel("here", ana)

    acknowledged = await people.command(ana, here, "team platform & <co>")

    assert (acknowledged.status, acknowledged.body) == (200, "")
    [form] = application.forms
    assert form["command"] == "/devmetrics"
    assert form["text"] == "team platform & <co>"
    assert (form["user_id"], form["channel_id"]) == (ana.id, here.id)
    assert form["response_url"].startswith(workspace.address)
    assert SignatureVerifier(workspace.signing_secret).is_valid_request(application.raw[0], application.headers[0])


async def test_a_press_and_a_choice_are_block_actions(
    workspace: Workspace, people: Sender, application: Application
) -> None:
    ana = workspace.state.add_user("ana")
    here = workspace.state.add_channel("here", ana)
    public = workspace.state.post(here.id, "text", BLOCKS)
    private = workspace.state.post(here.id, "text", BLOCKS, only_for=ana.id)

    await people.press(ana, public, "go")
    await people.choose(ana, private, "menu", "1")

    pressed, chosen = (json.loads(form["payload"]) for form in application.forms)
    assert pressed["type"] == "block_actions"
    assert pressed["actions"][0]["value"] == "now"
    assert pressed["message"]["ts"] == public.ts
    assert chosen["actions"][0]["selected_option"]["value"] == "1"
    assert chosen["container"]["is_ephemeral"] is True
    assert "message" not in chosen


async def test_nobody_presses_what_is_not_there(workspace: Workspace, people: Sender) -> None:
    ana = workspace.state.add_user("ana")
    message = workspace.state.post(workspace.state.add_channel("here", ana).id, "text", BLOCKS)

    for attempt in (people.press(ana, message, "stop"), people.choose(ana, message, "menu", "2")):
        with pytest.raises(LookupError):
            await attempt
