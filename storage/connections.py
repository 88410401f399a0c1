"""Provider connections: other places that deliveries come from, each with its address, its host and its secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.models.connections import ProviderConnection
from storage.refusal import Refused


class SecretsUnreadable(Exception):
    """They were encrypted with another SECRET_KEY."""


@dataclass(frozen=True, slots=True)
class Connection:
    """Deliveries for it come to /webhooks/<provider>/<id>."""

    id: UUID
    provider: str
    host: str
    name: str
    created_at: datetime
    sealed: bytes

    def secrets(self, key: Fernet) -> dict[str, Any]:
        """Raises `SecretsUnreadable`."""
        return unseal(self.sealed, key)


def seal(secrets: Mapping[str, Any], key: Fernet) -> bytes:
    return key.encrypt(msgspec.json.encode(secrets))


def unseal(sealed: bytes, key: Fernet) -> dict[str, Any]:
    """Raises `SecretsUnreadable`."""
    try:
        secrets: dict[str, Any] = msgspec.json.decode(key.decrypt(sealed), type=dict[str, Any])
    except (InvalidToken, msgspec.MsgspecError):
        raise SecretsUnreadable(
            "The stored secrets of a connection cannot be read: is SECRET_KEY the one that wrote them?"
        ) from None
    return secrets


async def add_connection(
    connection: AsyncConnection,
    organization_id: UUID,
    *,
    provider: str,
    host: str,
    name: str,
    sealed: bytes,
    actor: str,
    id_: UUID | None = None,
) -> UUID:
    """`host` as payloads name it; `id_` when its address had to be known before. Raises `Refused`."""
    new = id_ or uuid4()
    row = {"id": new, "provider": provider, "host": host, "name": name, "secrets": sealed}
    # Whoever makes one of this name in the same moment is waited for.
    added = await connection.execute(
        insert(ProviderConnection)
        .values(organization_id=organization_id, **row)
        .on_conflict_do_nothing(
            index_elements=["organization_id", "provider", "host", "name"], index_where=sa.text("deleted_at IS NULL")
        )
    )
    if not added.rowcount:
        raise Refused(f"There is a connection {name} already: choose another name, or remove that one first.")
    after = {"provider": provider, "host": host, "name": name}
    await audit(connection, organization_id, actor, "connection.add", str(new), None, after)
    return new


async def list_connections(
    connection: AsyncConnection, organization_id: UUID, provider: str | None = None
) -> list[Connection]:
    """Those in use (of one provider, or of all), the oldest first."""
    columns = ProviderConnection
    query = (
        sa.select(columns.id, columns.provider, columns.host, columns.name, columns.created_at, columns.secrets)
        .where(columns.organization_id == organization_id, columns.deleted_at.is_(None))
        .order_by(columns.created_at, columns.id)
    )
    if provider is not None:
        query = query.where(columns.provider == provider)
    return [Connection(*row) for row in await connection.execute(query)]


async def change_secrets(
    connection: AsyncConnection,
    organization_id: UUID,
    id_: UUID,
    sealed: bytes,
    actor: str,
    told: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """`told`: what may be seen of it in the audit log, before and after."""
    await connection.execute(
        sa.update(ProviderConnection)
        .where(ProviderConnection.organization_id == organization_id, ProviderConnection.id == id_)
        .values(secrets=sealed)
    )
    await audit(connection, organization_id, actor, "connection.change_secrets", str(id_), *told)


async def remove_connection(connection: AsyncConnection, organization_id: UUID, id_: UUID, actor: str) -> bool:
    """Deliveries to its address are refused from then on (other processes: half a minute later); what came stays.
    False: there is none in use with this id."""
    removed = (
        await connection.execute(
            sa.update(ProviderConnection)
            .where(
                ProviderConnection.organization_id == organization_id,
                ProviderConnection.id == id_,
                ProviderConnection.deleted_at.is_(None),
            )
            .values(deleted_at=sa.func.now())
            .returning(ProviderConnection.provider, ProviderConnection.host, ProviderConnection.name)
        )
    ).one_or_none()
    if removed is None:
        return False
    await audit(connection, organization_id, actor, "connection.remove", str(id_), dict(removed._mapping), None)
    return True
