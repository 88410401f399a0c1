"""Whose numbers a request may read: a token belongs to one organization."""

import hmac
from hashlib import sha256
from http import HTTPStatus
from uuid import UUID

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.problems import Problem
from bot.keys import ORGANIZATION, SETTINGS
from storage.models.connections import ApiToken
from storage.models.organizations import Organization

HOW = "Send the header `Authorization: Bearer <token>`; `devmetrics token create --name NAME` makes a token."


async def find_organization(request: web.Request, connection: AsyncConnection) -> UUID:
    """The organization of the request's token. Raises `Problem`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Problem(HTTPStatus.UNAUTHORIZED, "token_missing", f"A token is needed. {HOW}")
    # Headers may hold any byte; aiohttp reads what is no UTF-8 as surrogates.
    hashed = sha256(token.encode(errors="surrogateescape")).digest()
    configured = request.app[SETTINGS].api_token
    if configured is not None and hmac.compare_digest(hashed, sha256(configured.get_secret_value().encode()).digest()):
        return request.app[ORGANIZATION]
    found = (
        await connection.execute(
            select(ApiToken.organization_id, ApiToken.revoked_at, Organization.deleted_at)
            .join(Organization, Organization.id == ApiToken.organization_id)
            .where(ApiToken.token_hash == hashed)
        )
    ).one_or_none()
    if found is None or found.revoked_at is not None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "token_unknown", f"This token is not known, or was revoked. {HOW}")
    if found.deleted_at is not None:
        raise Problem(HTTPStatus.FORBIDDEN, "organization_removed", "The organization of this token was removed.")
    organization_id: UUID = found.organization_id
    return organization_id
