"""Which addresses take deliveries, while connections come and go."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.doors import UNKNOWN_SECONDS
from handlers.github.signature import Verifier
from storage.migrate import ensure_organization
from storage.models.connections import ProviderConnection
from storage.organizations import remove_organization, restore_organization
from tests.handlers.sending import SECRET_KEY, Client, door, github_headers, gitlab_headers, post, send_github
from tests.handlers.test_receive import BODY, connection_of, error_of


async def test_where_a_connection_takes_deliveries_the_providers_own_address_says_so(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    await connection_of(engine, organization_id, "github", b"sealed")
    async with door(engine, organization_id, github_secrets=Verifier()) as client:
        response = await post(client, "/webhooks/github", BODY, github_headers(BODY, secret=""))
        assert await error_of(response) == (503, "provider_elsewhere")
        assert "devmetrics connection list" in await response.text()


async def test_an_address_that_was_asked_for_before_it_was_made_is_taken_soon(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """GitHub delivers a ping while its App is being stored, and the installation seconds later."""

    async def deliver(client: Client) -> int:
        return (await post(client, f"/webhooks/gitlab/{identity}", BODY, gitlab_headers(token="its own"))).status

    identity = uuid4()
    async with door(engine, organization_id) as client:
        assert await deliver(client) == 404
        secrets = SECRET_KEY.encrypt(b'{"webhook_token": "its own"}')
        made = await connection_of(engine, organization_id, "gitlab", secrets)
        async with engine.begin() as connection:
            its = update(ProviderConnection).where(ProviderConnection.id == made)
            await connection.execute(its.values(id=identity))
        await asyncio.sleep(UNKNOWN_SECONDS)
        assert await deliver(client) == 202


async def test_of_a_removed_organization_nothing_is_taken_at_any_address_and_others_are_not_touched(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    secrets = SECRET_KEY.encrypt(b'{"webhook_token": "its own"}')
    async with engine.begin() as connection:
        other = await ensure_organization(connection, "other")
    ours, theirs = [await connection_of(engine, one, "gitlab", secrets) for one in (organization_id, other)]

    async def answers() -> list[int]:
        async with door(engine, organization_id) as client:
            headers = gitlab_headers(token="its own")
            found = [await post(client, f"/webhooks/gitlab/{one}", BODY, headers) for one in (ours, theirs)]
            found.append(await send_github(client, BODY, "ping"))
            for response in found:
                if response.status != 202:
                    assert await error_of(response) == (403, "organization_removed")
            return [response.status for response in found]

    assert await answers() == [202, 202, 202]
    async with engine.begin() as connection:
        await remove_organization(connection, "default", "cli:jane")
    assert await answers() == [403, 202, 403]
    async with engine.begin() as connection:
        await restore_organization(connection, "default", datetime(2020, 1, 1, tzinfo=UTC), "cli:jane")
    assert await answers() == [202, 202, 202]
