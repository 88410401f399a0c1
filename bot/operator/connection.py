"""`devmetrics connection`: addresses of their own at which tools deliver, each with its secret."""

import asyncio
import re
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.operator.failure import Failed
from bot.operator.session import acting
from bot.operator.team import Path, Provider, actor
from bot.settings import Settings, encryption, load_settings
from bot.slack.wording import alternatives
from handlers.providers import PROVIDERS
from storage.connections import Connection, add_connection, list_connections, remove_connection, seal
from storage.incident_services import Mapped, list_mapped, map_source

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Those whose secrets are ours to make; the others are connected by `devmetrics setup`.
MADE_HERE = [word for word, provider in PROVIDERS.items() if provider.new_secrets is not None]
WIDE = 1000

ConnectionName = Annotated[str, typer.Argument(metavar="NAME", help="As listed.")]


words = typer.Typer(help="Let other tools deliver, each at an address of its own.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(words, name="connection")


@words.command()
def add(
    provider: Annotated[str, typer.Argument(help=f"In whose words it delivers: {alternatives(MADE_HERE)}.")],
    name: Annotated[str, typer.Argument(help="What delivers there, for example pagerduty or jenkins.")],
) -> None:
    """Make an address and its secret, and print both: the secret is shown this one time."""
    settings = load_settings()
    added, secrets = asyncio.run(add_one(settings, provider.lower(), name))
    typer.echo(f"URL: {address(settings, added.provider, str(added.id))}")
    for what, secret in secrets.items():
        typer.echo(f"{what.replace('_', ' ')}: {secret}")


@words.command("list")
def list_words() -> None:
    """List the connections in use."""
    settings = load_settings()
    connections, mapped = asyncio.run(_list(settings))
    if connections:
        # As wide as it is: an address that is broken into pieces cannot be copied.
        Console(highlight=False, width=WIDE).print(as_table(settings, connections, mapped))
    else:
        typer.echo(f"There is no connection. Make one: devmetrics connection add {MADE_HERE[0]} pagerduty")


@words.command("map")
def map_word(
    name: ConnectionName,
    provider: Provider,
    path: Path,
    service: Annotated[str, typer.Option(help="Only this service of the repository.")] = "",
    away: Annotated[bool, typer.Option("--away", help="No longer: undo it.")] = False,
) -> None:
    """Say what the incidents of a connection are about: those that name no deployment are put down to the one that
    went to this repository last."""
    mapped = Mapped(name, provider.lower(), path.strip("/"), service)
    asyncio.run(_map(load_settings(), mapped, away=away))
    typer.echo(f"Incidents of {name} are {'no longer ' if away else ''}put down to {path}{service and f' {service}'}.")


@words.command()
def remove(name: ConnectionName) -> None:
    """Refuse what is delivered there from now on; what came stays."""
    removed = asyncio.run(_remove(load_settings(), name))
    typer.echo(f"Deliveries of {removed.name} ({removed.provider}) are refused, within half a minute everywhere.")


async def add_one(settings: Settings, provider: str, name: str) -> tuple[Connection, dict[str, str]]:
    if provider not in MADE_HERE:
        raise Failed(
            f"A connection of {provider} cannot be made here, only of {alternatives(MADE_HERE)}. Others are "
            "connected with `devmetrics setup`."
        )
    if not NAME.fullmatch(name):
        raise Failed(f"A connection's name is like pagerduty or jenkins-2: small letters, digits and - ; not {name!r}.")
    make = PROVIDERS[provider].new_secrets
    assert make is not None
    secrets = dict(make())
    async with acting(settings) as (connection, organization_id):
        id_ = await add_connection(
            connection,
            organization_id,
            provider=provider,
            # Keeps its ids apart from those of other tools; a later connection of this name goes on with them.
            host=name,
            name=name,
            sealed=seal(secrets, encryption(settings)),
            actor=actor(),
        )
        connections = await list_connections(connection, organization_id, provider)
    return next(one for one in connections if one.id == id_), secrets


def address(settings: Settings, provider: str, id_: str) -> str:
    public = settings.public_url or f"http://{settings.host}:{settings.port}"
    return f"{public}/webhooks/{provider}/{id_}"


async def _list(settings: Settings) -> tuple[list[Connection], list[Mapped]]:
    async with acting(settings) as (connection, organization_id):
        return await list_connections(connection, organization_id), await list_mapped(connection, organization_id)


async def _map(settings: Settings, mapped: Mapped, *, away: bool) -> None:
    async with acting(settings) as (connection, organization_id):
        known = [one.name for one in await list_connections(connection, organization_id)]
        if mapped.source not in known:
            raise Failed(f"There is no connection {mapped.source!r}: see `devmetrics connection list`.")
        await map_source(connection, organization_id, mapped, actor(), take_away=away)


async def _remove(settings: Settings, name: str) -> Connection:
    async with acting(settings) as (connection, organization_id):
        every = await list_connections(connection, organization_id)
        found = [one for one in every if name in (one.name, str(one.id))]
        if len(found) != 1:
            reason = "There is no connection" if not found else "Several connections have the name"
            raise Failed(f"{reason} {name!r}: see `devmetrics connection list` (an id ends the address).")
        await remove_connection(connection, organization_id, found[0].id, actor())
    return found[0]


def as_table(settings: Settings, connections: list[Connection], mapped: list[Mapped]) -> Table:
    table = Table("Name", "Provider", "Since (UTC)", "Incidents of", "Address", box=None, padding=(0, 2, 0, 0))
    for one in connections:
        where = address(settings, one.provider, str(one.id))
        whose = [f"{each.path} {each.service}".strip() for each in mapped if each.source == one.name]
        texts = (one.name, one.provider, f"{one.created_at:%Y-%m-%d}", ", ".join(whose), where)
        table.add_row(*map(Text, texts))
    return table
