"""Tokens that let programs read the JSON API of one organization: made, listed and revoked; each is audited."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.models.connections import ApiToken
from storage.models.organizations import Organization
from storage.refusal import Refused

LONGEST_NAME = 100
# When a token was used is known to the hour, so that it costs one write an hour.
HOURLY = sa.or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < sa.func.now() - sa.text("interval '1 hour'"))


@dataclass(frozen=True, slots=True)
class Token:
    id: UUID
    name: str
    created_at: datetime
    # None: never. It may have been used up to an hour later, too.
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownToken:
    """What a request's token tells."""

    id: UUID
    organization_id: UUID
    organization_removed: bool
    # Whether its use is to be noted (`note_use`).
    unnoted: bool


def hash_of(token: str) -> bytes:
    # Headers may hold any byte; aiohttp reads what is no UTF-8 as surrogates.
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


async def create_token(connection: AsyncConnection, organization_id: UUID, name: str, actor: str) -> str:
    """The token itself, of which only the hash is kept. Raises `Refused`."""
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(f"A token's name says what it is for, like grafana: 1 to {LONGEST_NAME} printable characters.")
    # Two may be made at once.
    await connection.execute(sa.select(Organization.id).where(Organization.id == organization_id).with_for_update())
    namesake = sa.select(ApiToken.id).where(
        ApiToken.organization_id == organization_id,
        ApiToken.revoked_at.is_(None),
        sa.func.lower(ApiToken.name) == name.lower(),
    )
    if (await connection.scalars(namesake)).first() is not None:
        raise Refused(
            f"There is a token {name!r} already: choose another name, or revoke it first with "
            f"`devmetrics token revoke {name}`."
        )
    token = f"dm_{secrets.token_urlsafe(32)}"
    row = {"organization_id": organization_id, "name": name, "token_hash": hash_of(token)}
    id_ = await connection.scalar(sa.insert(ApiToken).values(row).returning(ApiToken.id))
    await audit(connection, organization_id, actor, "token.create", name, None, {"id": str(id_)})
    return token


async def list_tokens(connection: AsyncConnection, organization_id: UUID) -> list[Token]:
    """Those in use first, then revoked ones, the latest first."""
    columns = (ApiToken.id, ApiToken.name, ApiToken.created_at, ApiToken.last_used_at, ApiToken.revoked_at)
    rows = await connection.execute(
        sa.select(*columns)
        .where(ApiToken.organization_id == organization_id)
        .order_by(ApiToken.revoked_at.desc().nulls_first(), ApiToken.name, ApiToken.created_at)
    )
    return [Token(*row) for row in rows]


async def revoke_token(connection: AsyncConnection, organization_id: UUID, said: str, actor: str) -> Token:
    """By name or id. It is refused from the end of this transaction on, everywhere. Raises `Refused`."""
    said = said.strip()
    every = await list_tokens(connection, organization_id)
    found = [one for one in every if one.revoked_at is None and said.lower() in (one.name.lower(), str(one.id))]
    if not found:
        raise Refused(f"There is no token {said!r} in use: `devmetrics token list` shows them.")
    if len(found) > 1:
        ids = ", ".join(str(one.id) for one in found)
        raise Refused(f"Several tokens are called {said!r}: give the id of one. {ids}")
    [token] = found
    await connection.execute(sa.update(ApiToken).where(ApiToken.id == token.id).values(revoked_at=sa.func.now()))
    await audit(connection, organization_id, actor, "token.revoke", token.name, {"id": str(token.id)}, None)
    return token


async def find_token(connection: AsyncConnection, token: str) -> KnownToken | None:
    """None: nobody made it, or it was revoked."""
    found = (
        await connection.execute(
            sa.select(
                ApiToken.id,
                ApiToken.organization_id,
                Organization.deleted_at.is_not(None).label("organization_removed"),
                HOURLY.label("unnoted"),
            )
            .join(Organization, Organization.id == ApiToken.organization_id)
            .where(ApiToken.token_hash == hash_of(token), ApiToken.revoked_at.is_(None))
        )
    ).one_or_none()
    return KnownToken(**found._mapping) if found is not None else None


async def note_use(connection: AsyncConnection, id_: UUID) -> None:
    await connection.execute(sa.update(ApiToken).where(ApiToken.id == id_, HOURLY).values(last_used_at=sa.func.now()))
