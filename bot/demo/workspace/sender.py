"""What people do, sent to the application as Slack sends it: signed, and to be acknowledged in three seconds."""

import json
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp

from bot.demo.workspace.methods import as_json
from bot.demo.workspace.payloads import action_of, block_actions, slash_command
from bot.demo.workspace.response_urls import ResponseUrls
from bot.demo.workspace.state import APP, TEAM, Channel, Json, Message, State, User
from bot.demo.workspace.views import Values, apply_answer, view_payload
from bot.slack.request import sign

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    status: int
    body: str
    # How long the person would have waited.
    seconds: float


@dataclass(slots=True)
class Sender:
    state: State
    response_urls: ResponseUrls
    # Where the application takes Slack's requests, and where the workspace itself is.
    application: str
    own_address: str
    signing_secret: str
    session: aiohttp.ClientSession

    async def command(self, user: User, channel: Channel, text: str, command: str = "/devmetrics") -> Acknowledgement:
        """The person types `/devmetrics text` in the channel."""
        fields = slash_command(user, channel, command, self._escaped(text))
        fields["trigger_id"] = self.state.new_trigger(user.id)
        fields["response_url"] = self.own_address + self.response_urls.issue(channel.id, user.id)
        return await self.send(urlencode(fields).encode(), FORM)

    def _escaped(self, text: str) -> str:
        """As with `should_escape`: a channel that exists is named with its id.

        https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling
        """
        ids = {f"#{one.name}": one.id for one in self.state.channels.values() if not one.direct}
        words = text.split(" ")
        return " ".join(f"<#{ids[word]}|{word.removeprefix('#')}>" if word in ids else word for word in words)

    async def press(self, user: User, message: Message, action_id: str) -> Acknowledgement:
        """The person presses a button of a message. Raises LookupError when it has none."""
        return await self.act(user, message, action_of(message.blocks, action_id))

    async def choose(self, user: User, message: Message, action_id: str, value: str) -> Acknowledgement:
        """The person chooses from a menu of a message. Raises LookupError when the menu or the value is not there."""
        return await self.act(user, message, action_of(message.blocks, action_id, value))

    async def act(self, user: User, message: Message, action: Json) -> Acknowledgement:
        """The person does something with an element of a message; `action` as in Slack's `actions`."""
        channel = self.state.channels[message.channel]
        url = self.own_address + self.response_urls.issue(channel.id, user.id, message.ts)
        # Slack does not send the message itself when only one person sees it.
        shown = None if message.only_for else as_json(message)
        payload = block_actions(user, channel, message.ts, shown, action)
        if self.state.enterprise is not None:
            # The application's, whoever acts.
            payload["enterprise"] = {"id": self.state.enterprise, "name": "Stand-in"}
        return await self._interact(user, payload | {"response_url": url})

    async def act_in_view(self, user: User, view_id: str, action: Json) -> Acknowledgement:
        """The same in a modal or in App Home. Raises LookupError when it is not open."""
        payload = view_payload("block_actions", user, self.state.view(view_id))
        return await self._interact(user, payload | {"actions": [action]})

    async def submit_view(self, user: User, view_id: str, values: Values) -> tuple[Acknowledgement, dict[str, str]]:
        """The person submits a modal; what was wrong, by block. Raises LookupError when it is not open."""
        view = self.state.modals[view_id]
        acknowledgement = await self._interact(user, view_payload("view_submission", user, view, values))
        if acknowledgement.status != HTTPStatus.OK:
            return acknowledgement, {}
        return acknowledgement, apply_answer(self.state, view, acknowledgement.body)

    async def close_view(self, user: User, view_id: str) -> Acknowledgement | None:
        """The person closes a modal. The application hears of it when it asked to."""
        view = self.state.modals.pop(view_id)
        if not view.get("notify_on_close"):
            return None
        return await self._interact(user, view_payload("view_closed", user, view))

    async def open_home(self, user: User) -> Acknowledgement:
        """The person opens App Home. https://docs.slack.dev/reference/events/app_home_opened"""
        event: Json = {"type": "app_home_opened", "user": user.id, "tab": "home", "event_ts": f"{time.time():.6f}"}
        event["channel"] = self.state.direct_channel(user.id).id
        if user.id in self.state.homes:
            event["view"] = self.state.homes[user.id]
        return await self.event(event)

    async def event(self, event: Json) -> Acknowledgement:
        """Something happened, for example `{"type": "app_home_opened", ...}`."""
        body: Json = {"type": "event_callback", "team_id": TEAM, "api_app_id": APP, "event": event}
        body |= {"event_id": f"Ev{time.time_ns()}", "event_time": int(time.time())}
        return await self.send(json.dumps(body).encode(), "application/json")

    async def send(self, body: bytes, content_type: str, timestamp: float | None = None) -> Acknowledgement:
        """Any body, signed at `timestamp` (now)."""
        when = str(int(time.time() if timestamp is None else timestamp))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": when,
            "X-Slack-Signature": sign(when, body, self.signing_secret),
        }
        started = time.monotonic()
        async with self.session.post(self.application, data=body, headers=headers) as response:
            text = await response.text()
            return Acknowledgement(response.status, text, time.monotonic() - started)

    async def _interact(self, user: User, payload: Json) -> Acknowledgement:
        payload = {**payload, "trigger_id": self.state.new_trigger(user.id)}
        return await self.send(urlencode({"payload": json.dumps(payload)}).encode(), FORM)
