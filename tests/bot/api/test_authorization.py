"""Nothing is answered without a token, and only of the token's own organization."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.keys import SETTINGS
from bot.settings import Settings
from storage.models.connections import ApiToken
from storage.models.organizations import Organization
from storage.tokens import create_token, hash_of, list_tokens, revoke_token
from tests.bot.api.conftest import TOKEN, Ask, Client
from tests.reports.filling import Filling, at

PLATFORM = "/api/v1/teams/platform/metrics"
pytestmark = pytest.mark.usefixtures("company")


async def make_token(engine: AsyncEngine, organization_id: UUID, token: str) -> None:
    async with engine.begin() as connection:
        row = {"organization_id": organization_id, "name": "test", "token_hash": hash_of(token)}
        await connection.execute(insert(ApiToken).values(row))


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dm_test", "dm_test"])
async def test_without_a_token_one_is_asked_for(client: Client, header: str | None) -> None:
    response = await client.get(PLATFORM, headers={} if header is None else {"Authorization": header})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    error = (await response.json())["error"]
    assert error["code"] == "token_missing"
    assert "devmetrics token create" in error["message"]


@pytest.mark.parametrize("token", ["wrong", "dm_tes", "dm_testt", "tök€n", "x" * 5000])
async def test_an_unknown_token_is_refused(client: Client, token: str) -> None:
    response = await client.get(PLATFORM, headers={"Authorization": f"Bearer {token}"})
    assert response.status == 401
    assert (await response.json())["error"]["code"] == "token_unknown"


async def test_the_token_of_the_settings_is_the_default_organizations(ask: Ask) -> None:
    assert (await ask(PLATFORM, TOKEN))[0] == 200


async def test_without_a_token_in_the_settings_none_is_that_of_the_default_organization(client: Client) -> None:
    with pytest.warns(DeprecationWarning, match="Changing state"):
        client.app[SETTINGS] = Settings(api_token=None)
    response = await client.get(PLATFORM, headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status == 401


async def test_a_stored_token_reads_its_own_organization_only(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        other = await Filling(connection, organization_id).organization("other")
        await Filling(connection, other).team("theirs")
    await make_token(engine, organization_id, "ours")
    await make_token(engine, other, "other")
    assert (await ask(PLATFORM, "ours"))[0] == 200
    assert (await ask("/api/v1/teams/theirs/metrics", "other"))[0] == 200
    status, answer = await ask(PLATFORM, "other")
    assert (status, answer["error"]["message"]) == (404, "There is no team 'platform'.")
    assert (await ask("/api/v1/repositories/github/acme/api/metrics", "other"))[0] == 404
    assert (await ask("/api/v1/teams/theirs/metrics", TOKEN))[0] == 404


async def test_a_revoked_token_is_refused_at_once(ask: Ask, engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        token = await create_token(connection, organization_id, "grafana", "cli:jane")
    assert (await ask(PLATFORM, token))[0] == 200
    async with engine.begin() as connection:
        await revoke_token(connection, organization_id, "grafana", "cli:jane")
    status, answer = await ask(PLATFORM, token)
    assert (status, answer["error"]["code"]) == (401, "token_unknown")


async def test_when_a_token_was_used_last_is_kept_to_the_hour(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    async def used() -> list[Any]:
        async with engine.connect() as connection:
            return [token.last_used_at for token in await list_tokens(connection, organization_id)]

    async with engine.begin() as connection:
        token = await create_token(connection, organization_id, "grafana", "cli:jane")
    await ask("/api/v1/teams/nobody/metrics", "wrong")
    assert await used() == [None]
    await ask(PLATFORM, token)
    [first] = await used()
    await ask(PLATFORM, token)
    assert await used() == [first]
    async with engine.begin() as connection:
        await connection.execute(update(ApiToken).values(last_used_at=first - timedelta(hours=2)))
    await ask(PLATFORM, token)
    assert (await used())[0] >= first


async def test_the_token_of_a_removed_organization_is_forbidden(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    await make_token(engine, organization_id, "ours")
    async with engine.begin() as connection:
        await connection.execute(update(Organization).values(deleted_at=at("2026-11-01")))
    for token in ("ours", TOKEN):
        status, answer = await ask(PLATFORM, token)
        assert (status, answer["error"]["code"]) == (403, "organization_removed")
