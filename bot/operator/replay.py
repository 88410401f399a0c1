"""`devmetrics replay`: payload files, taken as if their provider had delivered them."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.operator.team import actor
from bot.settings import Settings, load_settings
from bot.slack.wording import alternatives, counted
from handlers.inbox import Delivery
from handlers.inbox.claims import FAILED, PENDING
from handlers.inbox.ledger import Entry, find_by_keys
from handlers.inbox.postgres import PostgresInbox
from handlers.process import Worker
from handlers.providers import PROVIDERS
from storage.audit import audit
from storage.migrate import ensure_organization

# A running `serve` may hold some of them: its batch is waited for.
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
WORDS = alternatives(PROVIDERS)


class Payload(NamedTuple):
    path: Path
    provider: str
    event: str
    body: bytes

    @property
    def key(self) -> str:
        """The same file is the same delivery: playing it twice counts once."""
        digest = hashlib.sha256(b"\0".join((self.provider.encode(), self.event.encode(), self.body)))
        return f"replay:{digest.hexdigest()}"


def register(app: typer.Typer) -> None:
    @app.command()
    def replay(
        files: Annotated[
            list[Path],
            typer.Argument(
                metavar="FILE",
                help="JSON bodies, as a provider delivers them.",
                exists=True,
                dir_okay=False,
                readable=True,
            ),
        ],
        provider: Annotated[str | None, typer.Option(help=f"{WORDS}; guessed from the content.")] = None,
        event: Annotated[
            str | None, typer.Option(help="The event header, such as push; guessed: push.payload.json is a push.")
        ] = None,
    ) -> None:
        """Take payload files as if they had just been delivered, and say what became of each."""
        if provider is not None and provider not in PROVIDERS:
            raise typer.BadParameter(f"{provider}: choose {WORDS}.", param_hint="--provider")
        payloads = [read_payload(path, provider, event) for path in files]
        entries = asyncio.run(play(load_settings(), payloads))
        for payload in payloads:
            entry = entries[payload.key]
            typer.echo(f"{payload.path}: {entry.state}{f' ({entry.reason})' if entry.reason else ''}")
        if any(entry.state in (FAILED, PENDING) for entry in entries.values()):
            raise Failed("Not all of them could be processed: see `devmetrics deliveries list`.")


def read_payload(path: Path, provider: str | None = None, event: str | None = None) -> Payload:
    """A file's delivery. Raises `Failed` when no provider knows its content as its own, or several do."""
    body = path.read_bytes()
    try:
        content: Any = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        content = None
    fields = content if isinstance(content, dict) else {}
    if provider is None:
        likely = [word for word, one in PROVIDERS.items() if one.recognizes(path.name, fields)]
        if len(likely) != 1:
            raise Failed(f"{path} does not show which provider it is from: say it with --provider ({WORDS}).")
        [provider] = likely
    return Payload(path, provider, event or PROVIDERS[provider].event_of_file(path.name, fields), body)


async def play(settings: Settings, payloads: Sequence[Payload]) -> dict[str, Entry]:
    """Store them through the queue, process them here or in a running `serve`; what became of each, by key."""
    async with connected(settings) as engine:
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
        async with PostgresInbox(engine) as inbox:
            for payload in payloads:
                # One after the other: some events have no time but that of their receipt.
                await inbox.store(_delivery(payload, organization_id))
        async with engine.begin() as connection:
            told = {"files": [payload.path.name for payload in payloads]}
            subject = counted(len(payloads), "file")
            await audit(connection, organization_id, actor(), "delivery.replay", subject, None, told)
        return await _settled(engine, settings, organization_id, [payload.key for payload in payloads])


async def _settled(
    engine: AsyncEngine, settings: Settings, organization_id: UUID, keys: Sequence[str]
) -> dict[str, Entry]:
    worker = Worker(engine, hosts=settings.hosts, incident_labels=settings.incident_labels)
    ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        await worker.work_on()
        async with engine.connect() as connection:
            entries = {entry.delivery_key: entry for entry in await find_by_keys(connection, organization_id, keys)}
        # One that waits for a second attempt is answer enough.
        if not any(entry.state == PENDING and not entry.attempts for entry in entries.values()):
            return entries
        if asyncio.get_running_loop().time() > ends:
            return entries
        await asyncio.sleep(PAUSE_SECONDS)


def _delivery(payload: Payload, organization_id: UUID) -> Delivery:
    return Delivery(
        organization_id, payload.provider, None, payload.key, payload.event, payload.body, datetime.now(UTC)
    )
