"""`devmetrics setup <provider>`, of every provider that says how it is connected: the connection is kept here."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.operator.setup_needs import ask_for_token, public_url_of, warn
from bot.operator.team import actor
from bot.settings import Settings, encryption, load_settings
from handlers.asking.api import NotNow, Refused
from handlers.connecting import SetUp, Wanted
from handlers.provider import Provider
from handlers.providers import PROVIDERS
from storage.audit import audit
from storage.connections import add_connection, change_secrets, list_connections, seal
from storage.migrate import ensure_organization

CHANGED, UNCHANGED = "[green]+[/green]", "[dim]=[/dim]"


def register_providers(words: typer.Typer) -> None:
    for provider in PROVIDERS.values():
        if provider.set_up is not None:
            words.command(provider.word, help=provider.set_up.summary)(_command(provider, provider.set_up))


def _command(provider: Provider, how: SetUp) -> Any:
    def command(**named: list[str] | None) -> None:
        given = {word: list(values or ()) for word, values in named.items()}
        if not any(given.values()):
            examples = " or ".join(f"--{option.word} ({option.help})" for option in how.options)
            raise typer.BadParameter(f"Say what to connect: {examples}")
        settings = load_settings()
        own = settings.providers[provider.word]
        warn(public_url_of(settings, provider.name))
        token = how.token(own) or ask_for_token(f"{provider.word.upper()}_TOKEN")
        asyncio.run(_set_up(settings, provider, how, Wanted(own, token, given)))

    # Typer reads which options there are from the signature.
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # (what inspect itself looks for)
        [
            inspect.Parameter(
                option.word,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[list[str] | None, typer.Option(help=option.help)],
            )
            for option in how.options
        ]
    )
    return command


async def _set_up(settings: Settings, provider: Provider, how: SetUp, wanted: Wanted) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(provider.name)
    changed: list[str] = []
    async with connected(settings) as engine, told():
        kept = await Connection.find(settings, engine, (provider.word, how.host(wanted.settings)), how.visible)
        try:
            async for line in how.carry_out(wanted, kept):
                console.print(f"  {CHANGED if line.changed else UNCHANGED} {escape(line.text)}")
                changed += [line.text] if line.changed else []
        finally:
            await kept.note(changed)
    if not (changed or kept.saved):
        console.print("Nothing to do: everything is as it should be.")
        return
    console.print(f"\n{provider.name} delivers to {kept.address}, signed.")
    console.print("The token and the webhook's secret are kept here, encrypted. `devmetrics check` looks after both.")


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    try:
        yield
    except (Refused, NotNow) as problem:
        raise Failed(str(problem)) from None


class Connection:
    """That of one provider at one host: one address for all that is connected there."""

    def __init__(
        self,
        settings: Settings,
        engine: AsyncEngine,
        where: tuple[str, str],
        id_: UUID | None,
        before: Mapping[str, Any] | None,
        visible: Sequence[str],
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._provider, self._host = where
        self._made = id_ is not None
        self._id = id_ or uuid4()
        self._now = before
        self._visible = visible
        self.before = before
        self.saved = False

    @classmethod
    async def find(
        cls, settings: Settings, engine: AsyncEngine, where: tuple[str, str], visible: Sequence[str]
    ) -> "Connection":
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
            known = await list_connections(connection, organization_id, where[0])
        found = next((one for one in known if one.host == where[1]), None)
        before = found.secrets(encryption(settings)) if found else None
        return cls(settings, engine, where, found.id if found else None, before, visible)

    @property
    def address(self) -> str:
        return f"{self._settings.public_url}/webhooks/{self._provider}/{self._id}"

    async def save(self, secrets: Mapping[str, Any]) -> bool:
        before, now = _plain(self._now), _plain(secrets)
        if before == now:
            return False
        sealed = seal(secrets, encryption(self._settings))
        async with self._engine.begin() as connection:
            organization_id = await ensure_organization(connection, self._settings.organization)
            if self._made:
                hidden = [name for name in now if name not in self._visible]
                another = any(now[name] != before.get(name) for name in hidden)
                seen = (self._seen(before), {**self._seen(now), "another secret": another})
                await change_secrets(connection, organization_id, self._id, sealed, actor(), seen)
            else:
                await add_connection(
                    connection,
                    organization_id,
                    provider=self._provider,
                    host=self._host,
                    name=self._host,
                    sealed=sealed,
                    actor=actor(),
                    id_=self._id,
                )
        self._made = self.saved = True
        self._now = secrets
        return True

    async def note(self, done: Sequence[str]) -> None:
        """What was made or repaired there."""
        if done:
            async with self._engine.begin() as connection:
                organization_id = await ensure_organization(connection, self._settings.organization)
                after = {"done": list(done)}
                await audit(
                    connection, organization_id, actor(), "connection.keep_webhooks", str(self._id), None, after
                )

    def _seen(self, secrets: Mapping[str, Any]) -> dict[str, Any]:
        return {name: secrets[name] for name in self._visible if name in secrets}


def _plain(secrets: Mapping[str, Any] | None) -> dict[str, Any]:
    """As it is read back: lists for tuples."""
    return {
        name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in (secrets or {}).items()
    }
