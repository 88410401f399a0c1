"""Which addresses take deliveries, and who may deliver there: a provider's own, and those of provider_connections."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import structlog
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.provider import Verifier
from handlers.providers import PROVIDERS
from handlers.rejection import Rejected
from storage.models.connections import ProviderConnection
from storage.models.organizations import Organization

# A connection's secrets are read again after this long: changing them needs no restart.
REMEMBERED_SECONDS = 30.0
# An address that there is not yet may be made at any moment: GitHub delivers a first time before its App is kept here.
UNKNOWN_SECONDS = 1.0
MOST_REMEMBERED = 1000

ELSEWHERE = (
    "No secret is set for this address, so it takes nothing: deliveries of {provider} come to the addresses that "
    "`devmetrics connection list` shows. Let the webhook point there."
)
REMOVED = "The organization of this address was removed. It takes deliveries again when it is restored."

logger = structlog.get_logger(__name__)


class Door(NamedTuple):
    """An address that takes deliveries."""

    organization_id: UUID
    connection_id: UUID | None
    verifier: Verifier
    # Its organization: nothing is taken until that is restored.
    removed: bool


class Doors:
    """Finds the door of an address. A provider without a secret is off: nothing unsigned is ever taken.

    `verifiers` are those with the environment's secrets, by provider.
    """

    def __init__(
        self, engine: AsyncEngine, organization_id: UUID, verifiers: Mapping[str, Verifier], secret_key: Fernet
    ) -> None:
        self._engine = engine
        self._organization_id = organization_id
        self._verifiers = verifiers
        self._secret_key = secret_key
        # Until when, on the monotonic clock.
        self._remembered: dict[tuple[str, UUID], tuple[float, Door | None]] = {}
        self._ours_removed: tuple[float, bool] = (0.0, False)

    async def find(self, provider: str, connection: str | None) -> Door:
        """`connection` is the id at the end of the address, if any. Raises `Rejected`."""
        door = await self._find(provider, connection)
        if door.removed:
            # Not 410: many senders would never come back after that.
            raise Rejected(HTTPStatus.FORBIDDEN, "organization_removed", REMOVED)
        return door

    async def _find(self, provider: str, connection: str | None) -> Door:
        if provider not in PROVIDERS:
            raise _not_found(f"There is no provider {provider!r} here, only {' and '.join(PROVIDERS)}.")
        if connection is not None:
            return await self._find_connection(provider, connection)
        verifier = self._verifiers.get(provider)
        if verifier is None or not verifier.configured:
            # Not 404: the address is right, and the provider's page of deliveries shows this sentence.
            elsewhere = await self._is_elsewhere(provider)
            raise Rejected(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "provider_elsewhere" if elsewhere else "provider_off",
                ELSEWHERE.format(provider=provider) if elsewhere else PROVIDERS[provider].how_to_turn_on,
            )
        return Door(self._organization_id, None, verifier, await self._are_we_removed())

    async def _find_connection(self, provider: str, connection: str) -> Door:
        try:
            key = (provider, UUID(connection))
        except ValueError:
            raise _not_found("The last part of the address is not the id of a connection.") from None
        until, door = self._remembered.get(key, (0.0, None))
        if time.monotonic() > until:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            door = await self._read_connection(*key)
            self._remembered[key] = (time.monotonic() + (REMEMBERED_SECONDS if door else UNKNOWN_SECONDS), door)
        if door is None:
            raise _not_found(f"There is no {provider} connection with this id (any more).")
        return door

    async def _is_elsewhere(self, provider: str) -> bool:
        """Whether its deliveries come to addresses of connections."""
        query = select(ProviderConnection.id).where(
            ProviderConnection.organization_id == self._organization_id,
            ProviderConnection.provider == provider,
            ProviderConnection.deleted_at.is_(None),
        )
        async with self._engine.connect() as database:
            return (await database.scalars(query.limit(1))).first() is not None

    async def _read_connection(self, provider: str, connection_id: UUID) -> Door | None:
        columns = (ProviderConnection.organization_id, ProviderConnection.secrets, Organization.deleted_at)
        query = (
            select(*columns)
            .join(Organization, Organization.id == ProviderConnection.organization_id)
            .where(
                ProviderConnection.id == connection_id,
                ProviderConnection.provider == provider,
                ProviderConnection.deleted_at.is_(None),
            )
        )
        async with self._engine.connect() as database:
            row = (await database.execute(query)).one_or_none()
        if row is None:
            return None
        try:
            # As `Any`: the struct that the provider's protocol of two methods and a property hides.
            type_: Any = PROVIDERS[provider].verifier
            verifier = msgspec.json.decode(self._secret_key.decrypt(row.secrets), type=type_)
        except (InvalidToken, msgspec.MsgspecError):
            logger.error("the secrets of a connection cannot be read: is SECRET_KEY the one that wrote them?")
            raise Rejected(
                HTTPStatus.SERVICE_UNAVAILABLE, "connection_unreadable", "This connection's secrets cannot be read."
            ) from None
        removed = row.deleted_at is not None
        return Door(row.organization_id, connection_id, verifier, removed) if verifier.configured else None

    async def _are_we_removed(self) -> bool:
        until, removed = self._ours_removed
        if time.monotonic() > until:
            living = select(Organization.id).where(
                Organization.id == self._organization_id, Organization.deleted_at.is_(None)
            )
            async with self._engine.connect() as database:
                removed = await database.scalar(living) is None
            self._ours_removed = (time.monotonic() + REMEMBERED_SECONDS, removed)
        return removed


def _not_found(message: str) -> Rejected:
    return Rejected(HTTPStatus.NOT_FOUND, "not_found", message)
