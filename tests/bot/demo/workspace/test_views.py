"""Modals in the stand-in workspace, with an application written with Slack's own framework."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.workspace.sender import Sender
from bot.demo.workspace.server import Workspace
from bot.demo.workspace.state import Json, User
from bot.slack.blocks import plain

VALUES = {"when": {"time": {"type": "timepicker", "selected_time": "09:30"}}}


def modal(**more: Any) -> Json:
    picker = {"type": "timepicker", "action_id": "time"}
    return {
        "type": "modal",
        "callback_id": "subscribe",
        "title": plain("Weekly digest"),
        "submit": plain("Subscribe"),
        "blocks": [{"type": "input", "block_id": "when", "label": plain("At"), "element": picker}],
        **more,
    }


class Application:
    """What it answers to a submission, and what reached it."""

    def __init__(self, workspace: Workspace) -> None:
        self.answer: dict[str, Any] = {}
        self.seen: list[Json] = []
        client = AsyncWebClient(workspace.bot_token, base_url=f"{workspace.api_url}/")
        self.bolt = AsyncApp(client=client, signing_secret=workspace.signing_secret, token=workspace.bot_token)
        self.bolt.command("/devmetrics")(self.open)
        self.bolt.view("subscribe")(self.submitted)
        self.bolt.view_closed("subscribe")(self.closed)
        self.bolt.action("preview")(self.acted)

    async def open(self, ack: Any, client: AsyncWebClient, body: Json) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=modal(notify_on_close=body["text"] == "told"))
        await ack()

    async def submitted(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack(**self.answer)

    async def closed(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack()

    async def acted(self, ack: Any, body: Json) -> None:
        self.seen.append(body)
        await ack()

    async def take(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self.bolt.async_dispatch(await to_bolt_request(request)))


class Place:
    def __init__(self, workspace: Workspace, application: Application, people: Sender) -> None:
        self.workspace, self.application, self.people = workspace, application, people
        self.ana: User = workspace.state.add_user("ana")
        self.general = workspace.state.add_channel("general", self.ana)

    async def open(self, text: str = "") -> str:
        """The id of the modal that the command opens."""
        acknowledgement = await self.people.command(self.ana, self.general, text)
        assert acknowledgement.status == 200
        return list(self.workspace.state.modals)[-1]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with Workspace().running() as workspace:
        application = Application(workspace)
        app = web.Application()
        app.add_routes([web.post("/slack/events", application.take)])
        async with (
            TestServer(app) as server,
            workspace.people(str(server.make_url("/slack/events"))) as people,
        ):
            yield Place(workspace, application, people)


async def test_a_submission_carries_the_values_and_closes_the_modal(place: Place) -> None:
    view = await place.open()
    acknowledgement, errors = await place.people.submit_view(place.ana, view, VALUES)

    assert (acknowledgement.status, errors) == (200, {})
    assert place.workspace.state.modals == {}
    [seen] = place.application.seen
    assert seen["view"]["state"]["values"] == VALUES
    assert seen["view"]["id"] == view
    assert seen["user"]["id"] == place.ana.id


async def test_errors_are_given_back_and_the_modal_stays(place: Place) -> None:
    place.application.answer = {"response_action": "errors", "errors": {"when": "Too early."}}
    view = await place.open()
    _, errors = await place.people.submit_view(place.ana, view, VALUES)

    assert errors == {"when": "Too early."}
    assert view in place.workspace.state.modals


async def test_a_modal_is_updated_in_place_or_gets_another_on_top(place: Place) -> None:
    view = await place.open()
    place.application.answer = {"response_action": "update", "view": modal(title=plain("Sure?"))}
    await place.people.submit_view(place.ana, view, VALUES)
    assert place.workspace.state.modals[view]["title"]["text"] == "Sure?"
    without_submit = {name: value for name, value in modal().items() if name != "submit"}
    place.application.answer = {"response_action": "update", "view": without_submit}
    await place.people.submit_view(place.ana, view, VALUES)
    assert "submit" not in place.workspace.state.modals[view], "nothing is left of the view before"

    place.application.answer = {"response_action": "update", "view": modal(title=plain("Sure?"))}
    await place.people.submit_view(place.ana, view, VALUES)
    place.application.answer = {"response_action": "push", "view": modal(title=plain("Really?"))}
    await place.people.submit_view(place.ana, view, VALUES)
    assert [one["title"]["text"] for one in place.workspace.state.modals.values()] == ["Sure?", "Really?"]

    place.application.answer = {"response_action": "clear"}
    await place.people.submit_view(place.ana, view, VALUES)
    assert place.workspace.state.modals == {}


async def test_the_application_hears_of_a_closed_modal_if_it_asked_to(place: Place) -> None:
    assert await place.people.close_view(place.ana, await place.open()) is None
    assert place.application.seen == []

    acknowledgement = await place.people.close_view(place.ana, await place.open("told"))
    assert acknowledgement is not None
    assert acknowledgement.status == 200
    assert place.application.seen[0]["type"] == "view_closed"
    assert place.workspace.state.modals == {}


async def test_a_button_in_a_modal_works(place: Place) -> None:
    action = {"type": "button", "action_id": "preview", "block_id": "b", "value": "", "text": plain("Preview")}
    view = await place.open()
    acknowledgement = await place.people.act_in_view(place.ana, view, action)

    assert acknowledgement.status == 200
    assert place.application.seen[0]["container"] == {"type": "view", "view_id": view}


async def test_what_is_closed_cannot_be_used(place: Place) -> None:
    for use in (place.people.submit_view(place.ana, "V0", VALUES), place.people.close_view(place.ana, "V0")):
        with pytest.raises(LookupError):
            await use
