"""The page's own small wire: states pushed down, what the person does posted up."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape
from http import HTTPStatus
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.demo.page.guarding import POLICY, guarded
from bot.demo.page.state_json import APP_NAME, state_as_json
from bot.demo.page.updates import Updates
from bot.demo.workspace.refusal import Refused
from bot.demo.workspace.sender import Acknowledgement, Sender
from bot.demo.workspace.state import Json, State, User
from bot.slack.conversation import COMMAND
from bot.slack.limits import ACKNOWLEDGE_SECONDS

BUILT = Path(__file__).with_name("built")
FILES = {"/": "index.html", "/page.js": "page.js", "/page.css": "page.css", "/licenses.txt": "licenses.txt"}
LONGEST_TEXT = 4000
OUTDATED = "This is not there any more."


class Page:
    """The workspace as one person sees it. `sender` is set when the application runs."""

    def __init__(self, state: State, person: User, team: str, suggestions: Mapping[str, Sequence[str]]) -> None:
        self.state = state
        self.person = person
        self.sender: Sender | None = None
        self.updates = Updates(lambda: state_as_json(state, person, team, suggestions))

    def add_to(self, app: web.Application) -> None:
        self.updates.add_to(app)
        app.add_routes([web.get(path, guarded(_file(name))) for path, name in FILES.items()])
        app.add_routes(
            [
                web.get("/updates", guarded(self.updates.follow)),
                web.post("/texts", guarded(self._take(self.say))),
                web.post("/home", guarded(self._take(self.open_home))),
                web.post("/actions", guarded(self._take(self.act))),
                web.post("/views/submissions", guarded(self._take(self.submit))),
                web.post("/views/closings", guarded(self._take(self.close))),
            ]
        )

    async def say(self, body: Json, sender: Sender) -> Json:
        """A message, or what begins with a slash: a command."""
        channel = self.state.channels[body["channel"]]
        # Slack escapes these three characters, and no others.
        text = escape(str(body["text"]).strip()[:LONGEST_TEXT], quote=False)
        if not text.startswith("/"):
            self.state.post(channel.id, text, [], author=self.person.id)
            return {}
        command, _, rest = text.partition(" ")
        if command != COMMAND:
            return {"problem": f"{command} is not a command here. Try {COMMAND} help."}
        return _outcome(await sender.command(self.person, channel, rest.strip()), command)

    async def open_home(self, _: Json, sender: Sender) -> Json:
        return _outcome(await sender.open_home(self.person), APP_NAME)

    async def act(self, body: Json, sender: Sender) -> Json:
        """A button was pressed or an option chosen: in a message, or in a view."""
        if "view" in body:
            acknowledgement = await sender.act_in_view(self.person, body["view"], body["action"])
        else:
            message = self.state.messages[body["ts"]]
            acknowledgement = await sender.act(self.person, message, body["action"])
        return _outcome(acknowledgement, APP_NAME)

    async def submit(self, body: Json, sender: Sender) -> Json:
        """A modal was submitted. `errors` by block are shown beside its inputs."""
        acknowledgement, errors = await sender.submit_view(self.person, body["view"], body["values"])
        return {**_outcome(acknowledgement, APP_NAME), "errors": errors}

    async def close(self, body: Json, sender: Sender) -> Json:
        return _outcome(await sender.close_view(self.person, body["view"]), APP_NAME)

    def _take(self, do: Callable[[Json, Sender], Awaitable[Json]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def take(request: web.Request) -> web.Response:
            if self.sender is None:
                return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "devmetrics is still starting. Try again in a moment.")
            try:
                return web.json_response(await do(await request.json(), self.sender))
            except Refused as refused:
                return _problem(HTTPStatus.OK, f"Slack would refuse what {APP_NAME} answered: {refused.explained}")
            except LookupError:
                return _problem(HTTPStatus.NOT_FOUND, OUTDATED)
            except (ValueError, TypeError):
                return _problem(HTTPStatus.BAD_REQUEST, "This could not be read.")
            except (aiohttp.ClientError, TimeoutError):
                return _problem(HTTPStatus.BAD_GATEWAY, "devmetrics does not answer. Is it still running?")

        return take


def _outcome(acknowledgement: Acknowledgement | None, what: str) -> Json:
    """What Slack tells a person whose application failed."""
    if acknowledgement is None:
        return {}
    if acknowledgement.status != HTTPStatus.OK:
        return {"problem": f"{what} failed with the error “dispatch_failed” ({acknowledgement.status})."}
    if acknowledgement.seconds > ACKNOWLEDGE_SECONDS:
        return {"problem": f"{what} failed with the error “operation_timeout”."}
    return {}


def _problem(status: HTTPStatus, sentence: str) -> web.Response:
    return web.json_response({"problem": sentence}, status=status)


def _file(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def show(_: web.Request) -> web.StreamResponse:
        # Asked for again each time: after an upgrade the browser must not mix two versions.
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
        return web.FileResponse(BUILT / name, headers=headers)

    return show
