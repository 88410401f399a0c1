"""Connections: their secrets are sealed, they are listed while in use, and every act is audited without a secret."""

import asyncio
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.connections import (
    SecretsUnreadable,
    add_connection,
    change_secrets,
    list_connections,
    remove_connection,
    seal,
)
from storage.refusal import Refused
from tests.storage.facts.samples import query

KEY = Fernet(Fernet.generate_key())
ACTOR = "cli:jane"


async def test_a_connection_is_kept_changed_and_removed(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        added = await add_connection(
            connection,
            organization_id,
            provider="gitlab",
            host="gitlab.acme.example",
            name="acme",
            sealed=seal({"webhook_token": "first-secret"}, KEY),
            actor=ACTOR,
        )
        (found,) = await list_connections(connection, organization_id, "gitlab")
        assert (found.id, found.host, found.secrets(KEY)) == (
            added,
            "gitlab.acme.example",
            {"webhook_token": "first-secret"},
        )
        assert await list_connections(connection, organization_id, "github") == []

        sealed = seal({"webhook_token": "second-secret"}, KEY)
        await change_secrets(connection, organization_id, added, sealed, ACTOR, ({"url": "old"}, {"url": "new"}))
        (found,) = await list_connections(connection, organization_id)
        assert found.secrets(KEY) == {"webhook_token": "second-secret"}

        assert await remove_connection(connection, organization_id, added, ACTOR)
        assert not await remove_connection(connection, organization_id, added, ACTOR)
        assert await list_connections(connection, organization_id) == []

        log = await query(connection, "SELECT action, actor, before, after FROM audit_logs ORDER BY id")
    assert [row["action"] for row in log] == ["connection.add", "connection.change_secrets", "connection.remove"]
    assert "secret" not in str([(row["before"], row["after"]) for row in log])


async def test_of_two_that_are_made_at_once_with_one_name_one_is(engine: AsyncEngine, organization_id: UUID) -> None:
    async def add() -> UUID:
        async with engine.begin() as connection:
            # Both look before either has added.
            await list_connections(connection, organization_id)
            return await add_connection(
                connection,
                organization_id,
                provider="generic",
                host="jenkins",
                name="jenkins",
                sealed=seal({"signing_token": "t"}, KEY),
                actor=ACTOR,
            )

    added = await asyncio.gather(add(), add(), return_exceptions=True)
    [refused] = [one for one in added if isinstance(one, BaseException)]
    assert isinstance(refused, Refused)
    assert "There is a connection jenkins already" in str(refused)
    async with engine.begin() as connection:
        [kept] = await list_connections(connection, organization_id)
        assert await remove_connection(connection, organization_id, kept.id, ACTOR)
    # Its name is free again.
    await add()


async def test_secrets_of_another_key_are_not_read(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await add_connection(
            connection,
            organization_id,
            provider="github",
            host="github.com",
            name="app",
            sealed=seal({"app_id": "1"}, KEY),
            actor=ACTOR,
        )
        (found,) = await list_connections(connection, organization_id)
    with pytest.raises(SecretsUnreadable, match="SECRET_KEY"):
        found.secrets(Fernet(Fernet.generate_key()))
