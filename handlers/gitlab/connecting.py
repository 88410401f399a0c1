"""Connecting a GitLab: what the token may do, and the webhooks that lead here. Idempotent: done twice, done once."""

import base64
from collections.abc import AsyncIterator
from datetime import date
from secrets import token_bytes
from typing import Any

import msgspec

from handlers.asking.api import Refused
from handlers.gitlab.client import Client, Missing, path_of
from handlers.gitlab.hooks import Done, Keeping, Owner, keep_hook, owners_of_group
from handlers.standard_webhooks import PREFIX


class Connected(msgspec.Struct, frozen=True):
    """What a connection's secrets hold: `Verifier` reads the webhook's, `reach` the token's."""

    url: str
    token: str
    # Where it delivers.
    address: str = ""
    webhook_signing_token: str = ""
    # Where GitLab is too old to sign.
    webhook_token: str = ""
    # Full paths of what was set up.
    groups: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    @property
    def shown(self) -> dict[str, Any]:
        """What is no secret."""
        return {
            "url": self.url,
            "address": self.address,
            "signed": bool(self.webhook_signing_token),
            "groups": list(self.groups),
            "projects": list(self.projects),
        }

    @property
    def keeping(self) -> Keeping:
        signing = self.webhook_signing_token
        return Keeping(self.address, {"signing_token": signing} if signing else {"token": self.webhook_token})


class Token(msgspec.Struct, frozen=True):
    """https://docs.gitlab.com/api/personal_access_tokens/#self-inform"""

    name: str
    scopes: list[str]
    expires_at: date | None = None


def new_signing_token() -> str:
    return PREFIX + base64.b64encode(token_bytes(32)).decode()


async def check_token(client: Client, *, to_change: bool) -> Token:
    """Raises `Refused` when it cannot do what is wanted: read, or also `to_change` webhooks."""
    token = msgspec.convert(await client.get("/personal_access_tokens/self"), Token)
    needed = ("api",) if to_change else ("api", "read_api")
    if not set(needed) & set(token.scopes):
        has = ", ".join(token.scopes) or "none"
        why = "Webhooks can be managed" if to_change else "Projects can be read"
        raise Refused(
            f"The token {token.name} has the scopes {has}. {why} with the scope {needed[-1]} only: make another token "
            "with it (Settings, Access tokens, of the group or project)."
        )
    return token


async def find_owners(client: Client, groups: list[str], projects: list[str]) -> list[Owner]:
    """Whose webhooks are to be made, each once; by the paths that GitLab itself writes."""
    owners: dict[Owner, None] = {}
    for group in groups:
        found = await _named(client, "groups", group, "full_path")
        owners.update(dict.fromkeys(await owners_of_group(client, found)))
    for project in projects:
        owners[Owner("projects", await _named(client, "projects", project, "path_with_namespace"))] = None
    return list(owners)


async def _named(client: Client, kind: str, path: str, field: str) -> str:
    try:
        found: dict[str, Any] = await client.get(path_of(kind, path.strip("/")))
    except Missing:
        raise Missing(
            f"There is no {kind.removesuffix('s')} {path} at {client.url}, or the token may not see it: give its full "
            "path, as in its address, and a token of it or of a group above it."
        ) from None
    return str(found[field])


async def keep_hooks(client: Client, owners: list[Owner], keeping: Keeping, *, renew: bool) -> AsyncIterator[Done]:
    """Raises `Unsigned` when this GitLab cannot sign: then try again with a secret token."""
    for owner in owners:
        async for done in keep_hook(client, owner, keeping, renew=renew):
            yield done
