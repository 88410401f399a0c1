"""Whose numbers a request may read: a token belongs to one organization."""

import hmac
from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.problems import Problem
from bot.keys import ORGANIZATION, SETTINGS
from storage.organizations import OrganizationRemoved, refuse_removed
from storage.tokens import find_token, hash_of

HOW = "Send the header `Authorization: Bearer <token>`; `devmetrics token create --name NAME` makes a token."
REMOVED = "The organization of this token was removed."


class Asker(NamedTuple):
    organization_id: UUID
    # Of a stored token whose use is to be noted.
    unnoted: UUID | None


async def find_asker(request: web.Request, connection: AsyncConnection) -> Asker:
    """By the request's token. Raises `Problem`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Problem(HTTPStatus.UNAUTHORIZED, "token_missing", f"A token is needed. {HOW}")
    configured = request.app[SETTINGS].api_token
    if configured is not None and hmac.compare_digest(hash_of(token), hash_of(configured.get_secret_value())):
        try:
            await refuse_removed(connection, request.app[ORGANIZATION])
        except OrganizationRemoved:
            raise Problem(HTTPStatus.FORBIDDEN, "organization_removed", REMOVED) from None
        return Asker(request.app[ORGANIZATION], None)
    found = await find_token(connection, token)
    if found is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, "token_unknown", f"This token is not known, or was revoked. {HOW}")
    if found.organization_removed:
        raise Problem(HTTPStatus.FORBIDDEN, "organization_removed", REMOVED)
    return Asker(found.organization_id, found.id if found.unnoted else None)
