"""Who may register the App: whoever has the address that the log shows, until it is registered."""

import hmac
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.settings import Settings, secret_text
from handlers.github.settings import GitHubSettings
from storage.connections import list_connections
from storage.models.connections import ProviderConnection
from storage.organizations import OrganizationRemoved, refuse_removed

# GitHub's code is good as long.
SECONDS_TO_REGISTER = 3600


class State(msgspec.Struct, frozen=True):
    """What comes back from GitHub with the browser. Sealed, so that nobody else's registration is taken for ours."""

    connection: UUID
    # Where the App's secrets go: into the database, or on the page, once, for the environment.
    keep: Literal["database", "environment"]
    purpose: Literal["github setup"] = "github setup"


def seal_state(state: State, key: Fernet) -> str:
    return key.encrypt(msgspec.json.encode(state)).decode()


def open_state(sealed: str, key: Fernet) -> State | None:
    """None when it is not ours, or older than an hour."""
    try:
        return msgspec.json.decode(key.decrypt(sealed, ttl=SECONDS_TO_REGISTER), type=State)
    except (InvalidToken, msgspec.MsgspecError, ValueError):
        return None


async def one_time_token(connection: AsyncConnection, organization_id: UUID, settings: Settings) -> str:
    """The same in every process of one SECRET_KEY, and another one as soon as an App was registered."""
    made = await connection.scalar(
        sa.select(sa.func.count()).where(
            ProviderConnection.organization_id == organization_id, ProviderConnection.provider == "github"
        )
    )
    said: Any = f"github setup {organization_id} {made}"
    return hmac.new(secret_text(settings).encode(), said.encode(), sha256).hexdigest()[:32]


async def set_up_already(connection: AsyncConnection, organization_id: UUID, settings: Settings) -> str | None:
    """Why there is nothing to set up, and what to do about it; None: there is."""
    try:
        await refuse_removed(connection, organization_id)
    except OrganizationRemoved as removed:
        return str(removed)
    github = settings.of(GitHubSettings)
    if github.app_id or github.webhook_secret.get_secret_value():
        return (
            "GitHub is set up by the environment already (GITHUB_APP_ID or GITHUB_WEBHOOK_SECRET). To register an "
            "App here instead, unset these and restart."
        )
    for known in await list_connections(connection, organization_id, "github"):
        if known.host == github.host:
            return (
                f"GitHub is set up already: the App {known.name} is registered. To install it on repositories, "
                "open it at GitHub (Settings of its owner, Developer settings, GitHub Apps). To register another one, "
                "remove that connection first (`devmetrics connection list`), and delete the App at GitHub."
            )
    return None


async def invitation(connection: AsyncConnection, organization_id: UUID, settings: Settings) -> str | None:
    """The address at which an App can be registered now; None: there is none to register, or no PUBLIC_URL yet."""
    if settings.public_url is None or await set_up_already(connection, organization_id, settings):
        return None
    return f"{settings.public_url}{setup_path(await one_time_token(connection, organization_id, settings))}"


def setup_path(token: str) -> str:
    return f"/github/setup?token={token}"
