"""`devmetrics setup <provider>`: connect a provider, from a terminal."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import typer
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.github_setup import Setup
from bot.github_setup.admission import SECONDS_TO_REGISTER, one_time_token, set_up_already, setup_path
from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.operator.setup_gitlab import set_up_gitlab
from bot.operator.setup_needs import ask_for_token, public_url_of, warn
from bot.operator.setup_provider import register_providers
from bot.settings import Settings, encryption, load_settings
from handlers.github.settings import GitHubSettings
from handlers.gitlab.settings import GitLabSettings
from handlers.provider import web_address
from storage.connections import Connection, list_connections
from storage.migrate import ensure_organization

SECONDS_BETWEEN_LOOKS = 1.0


def register(app: typer.Typer) -> None:
    words = typer.Typer(help="Connect a provider.", no_args_is_help=True)
    app.add_typer(words, name="setup")
    register_providers(words)

    @words.command()
    def github(
        here: Annotated[
            bool, typer.Option("--here", help="Show the pages on this machine, without a running `devmetrics serve`.")
        ] = False,
    ) -> None:
        """Register devmetrics as a GitHub App: open the address that is printed, and follow three pages.

        It waits until that is done, an hour at most; Ctrl-C only ends the waiting.
        """
        asyncio.run(set_up_github(load_settings(), here=here))

    @words.command()
    def gitlab(
        group: Annotated[list[str] | None, typer.Option(help="A group, with everything in it: acme")] = None,
        project: Annotated[list[str] | None, typer.Option(help="A single project: acme/api")] = None,
        url: Annotated[str | None, typer.Option(help="Another GitLab than GITLAB_URL.")] = None,
    ) -> None:
        """Make or repair the webhooks of groups and projects, with a token (GITLAB_TOKEN, or asked for).

        Without a terminal the token is read from standard input. It needs the scope
        api, and the role Owner in a group or Maintainer in a project. Running it
        again repairs.
        """
        if not (group or project):
            raise typer.BadParameter("Say what to connect: --group acme, or --project acme/api; several of each.")
        settings = load_settings()
        of = settings.of(GitLabSettings)
        try:
            address = web_address(url) if url else of.url
        except ValueError as problem:
            raise typer.BadParameter(f"{problem}.", param_hint="--url") from problem
        warn(public_url_of(settings, "GitLab"))
        token = of.token.get_secret_value() if of.token else ask_for_token("GITLAB_TOKEN")
        asyncio.run(set_up_gitlab(settings, address, token, group or [], project or []))


async def set_up_github(settings: Settings, *, here: bool) -> None:
    public_url = public_url_of(settings, "GitHub")
    async with connected(settings) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
            if reason := await set_up_already(connection, organization_id, settings):
                raise Failed(reason)
            token = await one_time_token(connection, organization_id, settings)
        warn(public_url)
        async with pages(settings, engine, organization_id, here=here) as address:
            typer.echo(f"Open this in a browser, and follow it:\n\n    {address}{setup_path(token)}\n")
            if not here:
                typer.echo("It is served by `devmetrics serve`, which must be running and reachable there.")
            typer.echo("Waiting until the App is kept here. (If you chose the environment, press Ctrl-C when done.)")
            try:
                app = await wait_for_app(engine, organization_id, settings)
            except TimeoutError:
                raise Failed("No App was registered within the hour: run this again.") from None
    github = settings.of(GitHubSettings)
    slug = app.secrets(encryption(settings)).get("slug", app.name)
    typer.echo(f"\nThe App {app.name} is registered, its key and secrets are kept here, encrypted.")
    typer.echo(f"Install it on your repositories: {github.web_url}/apps/{slug}/installations/new")
    typer.echo(f"Then GitHub delivers to {public_url}/webhooks/github/{app.id}")


@asynccontextmanager
async def pages(
    settings: Settings, engine: AsyncEngine, organization_id: UUID, *, here: bool
) -> AsyncIterator[str | None]:
    """Where the browser finds them."""
    if not here:
        yield settings.public_url
        return
    # The pages name their own address, so the port is taken before they are made.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = web.Application()
        app.add_routes(Setup(settings, engine, organization_id, pages_url=address).routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            yield address
        finally:
            await runner.cleanup()


async def wait_for_app(engine: AsyncEngine, organization_id: UUID, settings: Settings) -> Connection:
    async with asyncio.timeout(SECONDS_TO_REGISTER):
        while True:
            async with engine.connect() as connection:
                for known in await list_connections(connection, organization_id, "github"):
                    if known.host == settings.of(GitHubSettings).host:
                        return known
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
