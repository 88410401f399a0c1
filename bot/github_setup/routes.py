"""GET /github/setup and what follows: choose, register at GitHub, come back, install. Then it locks itself."""

import hmac
import json
from http import HTTPStatus
from uuid import UUID, uuid4

import structlog
from aiohttp import web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.github_setup import pages
from bot.github_setup.admission import State, one_time_token, open_state, seal_state, set_up_already
from bot.settings import Settings, encryption
from handlers.github.settings import GitHubSettings
from handlers.github.setup import (
    ORGANIZATION,
    App,
    RegistrationFailed,
    exchange,
    fill_manifest,
    permissions,
    registration_url,
)
from handlers.reachability import doubt
from storage.audit import audit
from storage.connections import add_connection, seal

logger = structlog.get_logger(__name__)

UNINVITED = (
    "This address needs the token that devmetrics shows when it starts (and `devmetrics setup github` at any time). "
    "It is good until an App is registered; from then on `devmetrics check` says what is left to do."
)
NO_ADDRESS = "Set PUBLIC_URL to the address at which GitHub reaches this server, restart, and come back."
FOREIGN = (
    "This does not come from a registration that was begun here within the last hour. Begin again; if an App was made "
    "meanwhile, delete it at GitHub first."
)
# https://docs.github.com/en/apps/creating-github-apps/registering-a-github-app/about-the-setup-url
REQUESTED = (
    "GitHub has asked an owner of the organization to approve the installation. Until then nothing is installed, and "
    "nothing is delivered."
)
UNKNOWN = (
    "devmetrics knows no App here. If its key and secrets were shown to you, set them in the environment and restart "
    "devmetrics; else open the address that `devmetrics setup github` prints, and follow it."
)


class Setup:
    """The pages. `pages_url` is where the browser finds them, if not at PUBLIC_URL."""

    def __init__(
        self, settings: Settings, engine: AsyncEngine, organization_id: UUID, *, pages_url: str | None = None
    ) -> None:
        self._settings = settings
        self._github = settings.of(GitHubSettings)
        self._engine = engine
        self._organization_id = organization_id
        self._pages_url = pages_url
        self._key = encryption(settings)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/github/setup", self.choose),
            web.post("/github/setup", self.confirm),
            web.get("/github/setup/registered", self.take_over),
            web.get("/github/setup/installed", self.welcome),
        ]

    async def choose(self, request: web.Request) -> web.Response:
        token = request.query.get("token", "")
        return await self._refusal(token) or pages.choosing(token, self._github.web_url, warning=self._warning())

    async def confirm(self, request: web.Request) -> web.Response:
        try:
            form = await request.post()
        except ValueError:
            # It says that it is a form, and is none.
            raise web.HTTPBadRequest(text="The body is not the form of this page.") from None
        token = str(form.get("token", ""))
        if refusal := await self._refusal(token):
            return refusal
        organization = str(form.get("organization", "")).strip() if form.get("owner") != "person" else ""
        if form.get("owner") != "person" and not ORGANIZATION.fullmatch(organization):
            problem = "Give the organization's name as it stands in its address at GitHub, for example acme."
            return pages.choosing(token, self._github.web_url, problem, organization, self._warning())
        assert self._settings.public_url is not None
        to_environment = form.get("keep") == "environment"
        state = State(uuid4(), "environment" if to_environment else "database")
        manifest = fill_manifest(
            self._settings.public_url,
            organization=organization,
            connection="" if to_environment else str(state.connection),
            pages=self._pages_url,
        )
        address = registration_url(self._github.web_url, organization, seal_state(state, self._key))
        return pages.confirming(address, json.dumps(manifest), manifest["name"], permissions(manifest))

    async def take_over(self, request: web.Request) -> web.Response:
        """GitHub sends the browser back here. Without a state of ours nothing is taken over."""
        state = open_state(request.query.get("state", ""), self._key)
        if state is None:
            return pages.refused("That is not our registration", FOREIGN, HTTPStatus.FORBIDDEN)
        async with self._engine.begin() as connection:
            if reason := await self._lock(connection):
                return pages.refused("There is nothing to set up", reason, HTTPStatus.CONFLICT)
            try:
                app = await exchange(self._github.api_url, request.query.get("code", ""))
            except RegistrationFailed as problem:
                return pages.refused("The App was not taken over", str(problem), HTTPStatus.BAD_GATEWAY)
            actor = f"web:{request.remote}"
            told = {"app_id": app.id, "kept in": state.keep}
            await audit(connection, self._organization_id, actor, "github.register", app.slug, None, told)
            if state.keep == "database":
                await self._keep(connection, state, app, actor)
        logger.info("A GitHub App is registered: install it on your repositories.", address=app.install_url)
        shown = pages.as_variables(app.secrets()) if state.keep == "environment" else None
        return pages.registered(app.slug, app.install_url, shown)

    async def welcome(self, request: web.Request) -> web.Response:
        """GitHub sends everybody here, owners or not; and anybody may come by themselves."""
        if request.query.get("setup_action") == "request":
            return pages.refused("It waits for an owner", REQUESTED, HTTPStatus.OK)
        async with self._engine.connect() as connection:
            known = await set_up_already(connection, self._organization_id, self._settings)
        return pages.installed() if known else pages.refused("Not connected yet", UNKNOWN, HTTPStatus.CONFLICT)

    def _warning(self) -> str | None:
        return doubt(self._settings.public_url) if self._settings.public_url else None

    async def _refusal(self, token: str) -> web.Response | None:
        async with self._engine.connect() as connection:
            expected = await one_time_token(connection, self._organization_id, self._settings)
            reason = await set_up_already(connection, self._organization_id, self._settings)
        # Whoever may not set it up need not know whether it is.
        if not hmac.compare_digest(token.encode(errors="replace"), expected.encode()):
            return pages.refused("Not without its token", UNINVITED, HTTPStatus.FORBIDDEN)
        if reason:
            return pages.refused("There is nothing to set up", reason, HTTPStatus.CONFLICT)
        if self._settings.public_url is None:
            return pages.refused("One thing is missing", NO_ADDRESS, HTTPStatus.CONFLICT)
        return None

    async def _lock(self, connection: AsyncConnection) -> str | None:
        """Two browsers may come back at once: the second one waits, and is told that it is done."""
        await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('github setup'))"))
        return await set_up_already(connection, self._organization_id, self._settings)

    async def _keep(self, connection: AsyncConnection, state: State, app: App, actor: str) -> None:
        await add_connection(
            connection,
            self._organization_id,
            provider="github",
            host=self._github.host,
            name=app.slug,
            sealed=seal(app.secrets(), self._key),
            actor=actor,
            id_=state.connection,
        )
