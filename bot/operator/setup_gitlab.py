"""`devmetrics setup gitlab`: webhooks of groups and projects made or repaired, and the connection kept here."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from secrets import token_urlsafe
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace
from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.operator.failure import Failed
from bot.operator.session import connected
from bot.operator.team import actor
from bot.settings import Settings, encryption
from handlers.asking.api import NotNow, Refused
from handlers.gitlab.client import Client
from handlers.gitlab.connecting import Connected, check_token, find_owners, keep_hooks, new_signing_token
from handlers.gitlab.hooks import Done, Owner, Unsigned
from storage.audit import audit
from storage.connections import add_connection, change_secrets, list_connections, seal
from storage.migrate import ensure_organization

CHANGED, UNCHANGED = "[green]+[/green]", "[dim]=[/dim]"


async def set_up_gitlab(settings: Settings, url: str, token: str, groups: list[str], projects: list[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    async with asking(url, token) as client:
        version = (await client.get("/version"))["version"]
        console.print(f"GitLab {version} at {url}")
        told = await check_token(client, to_change=True)
        until = f"good until {told.expires_at}" if told.expires_at else "without an end"
        scopes = f"scope{'s' * (len(told.scopes) != 1)} {', '.join(told.scopes)}"
        console.print(f"  {UNCHANGED} token {told.name}: {scopes}, {until}")
        owners = await find_owners(client, groups, projects)
        async with connected(settings) as engine:
            kept = await Kept.find(settings, engine, url, token)
            changed = await keep(console, client, kept, owners)
    if not changed:
        console.print("Nothing to do: everything is as it should be.")
        return
    how = "signed" if kept.now.webhook_signing_token else "with a secret token: this version does not sign"
    console.print(f"\nGitLab delivers to {kept.now.address}, {how}.")
    console.print("The token and the webhook's secret are kept here, encrypted. `devmetrics check` looks after both.")


@asynccontextmanager
async def asking(url: str, token: str) -> AsyncIterator[Client]:
    client = Client(url, token)
    try:
        yield client
    except (Refused, NotNow) as problem:
        raise Failed(str(problem)) from None
    finally:
        await client.close()


class Kept:
    """The connection of one GitLab: one address for all its groups and projects."""

    def __init__(self, settings: Settings, engine: AsyncEngine, id_: UUID | None, before: Connected | None) -> None:
        self._settings = settings
        self._engine = engine
        self._made = id_ is not None
        self.id = id_ or uuid4()
        self.before = before
        self.now = before or Connected("", "")

    @classmethod
    async def find(cls, settings: Settings, engine: AsyncEngine, url: str, token: str) -> "Kept":
        host = host_of(url)
        async with engine.begin() as connection:
            organization_id = await ensure_organization(connection, settings.organization)
            known = await list_connections(connection, organization_id, "gitlab")
        found = next((one for one in known if one.host == host), None)
        before = msgspec.convert(found.secrets(encryption(settings)), Connected) if found else None
        kept = cls(settings, engine, found.id if found else None, before)
        signing = before.webhook_signing_token if before else new_signing_token()
        address = f"{settings.public_url}/webhooks/gitlab/{kept.id}"
        kept.now = replace(kept.now, url=url, token=token, address=address, webhook_signing_token=signing)
        return kept

    async def save(self) -> bool:
        """True: something was different."""
        if self.now == self.before:
            return False
        sealed = seal(msgspec.to_builtins(self.now), encryption(self._settings))
        async with self._engine.begin() as connection:
            organization_id = await ensure_organization(connection, self._settings.organization)
            if self._made:
                before = self.before or Connected("", "")
                token = {"token": "another one"} if self.now.token != before.token else {}
                told = (before.shown, {**self.now.shown, **token})
                await change_secrets(connection, organization_id, self.id, sealed, actor(), told)
            else:
                host = host_of(self.now.url)
                await add_connection(
                    connection,
                    organization_id,
                    provider="gitlab",
                    host=host,
                    name=host,
                    sealed=sealed,
                    actor=actor(),
                    id_=self.id,
                )
        self._made, self.before = True, self.now
        return True

    async def note(self, done: Sequence[Done]) -> None:
        """What was made or repaired at GitLab."""
        if changed := {str(one.owner): one.what for one in done if one.changed}:
            async with self._engine.begin() as connection:
                organization_id = await ensure_organization(connection, self._settings.organization)
                await audit(
                    connection, organization_id, actor(), "connection.keep_webhooks", str(self.id), None, changed
                )


async def keep(console: Console, client: Client, kept: Kept, owners: list[Owner]) -> bool:
    """The secret is stored before GitLab has it, so that the very first delivery is taken."""
    renew = kept.before is None
    changed = await kept.save()
    try:
        done = [one async for one in keep_hooks(client, owners, kept.now.keeping, renew=renew)]
    except Unsigned:
        kept.now = replace(kept.now, webhook_signing_token="", webhook_token=token_urlsafe(32))
        await kept.save()
        done = [one async for one in keep_hooks(client, owners, kept.now.keeping, renew=True)]
    await kept.note(done)
    for one in done:
        console.print(f"  {CHANGED if one.changed else UNCHANGED} {one.owner}: {one.what}")
    kept.now = with_owners(kept.now, owners)
    return await kept.save() or changed or any(one.changed for one in done)


def with_owners(known: Connected, owners: list[Owner]) -> Connected:
    groups = {*known.groups, *(owner.path for owner in owners if owner.kind == "groups")}
    projects = {*known.projects, *(owner.path for owner in owners if owner.kind == "projects")}
    return replace(known, groups=tuple(sorted(groups)), projects=tuple(sorted(projects)))


def host_of(url: str) -> str:
    """As payloads name it: with the port, if it has one."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()
