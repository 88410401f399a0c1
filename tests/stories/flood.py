"""Stories through the webhook doors: signed deliveries to the real application, read and linked by real workers."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.demo.company import Delivery
from bot.demo.signing import new_secrets, of_providers, signed_headers, standard_headers
from bot.settings import Settings, encryption
from handlers.generic.signature import new_secrets as new_token
from handlers.process import Worker
from storage.connections import add_connection, seal

TOKEN = "dm_stories"
SECRETS = new_secrets()
# Of the other tools of the stories: each delivers through a connection of its name.
TOOLS = {"jenkins": new_token(), "pagerduty": new_token()}
AT_ONCE = 8

# They are told in one go; this is when they would have come.
CAME_AS_IT_HAPPENED = text("""
UPDATE webhook_deliveries SET received_at = told.at
FROM unnest(CAST(:keys AS text[]), CAST(:moments AS timestamptz[])) AS told(key, at) WHERE delivery_key = told.key
""")
UNREAD = text("SELECT event, reason FROM webhook_deliveries WHERE state = 'failed' LIMIT 5")


class House:
    """The running application, as the providers and the readers of numbers see it."""

    def __init__(
        self,
        engine: AsyncEngine,
        client: TestClient[web.Request, web.Application],
        settings: Settings,
        connections: Mapping[str, UUID],
    ) -> None:
        self._settings = settings
        self._connections = connections
        self._engine = engine
        self._client = client

    async def receive(self, deliveries: Sequence[Delivery], *, workers: int = 1) -> None:
        """Send all, in their order, and let so many workers at once process them."""
        waiting = iter(deliveries)
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._send(waiting))
        moments = {"keys": [each.key for each in deliveries], "moments": [each.at for each in deliveries]}
        async with self._engine.begin() as connection:
            await connection.execute(CAME_AS_IT_HAPPENED, moments)
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work())
        async with self._engine.connect() as connection:
            assert (await connection.execute(UNREAD)).all() == []

    async def _send(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            if delivery.provider == "generic":
                address = f"/webhooks/generic/{self._connections[delivery.event]}"
                headers = standard_headers(delivery, TOOLS[delivery.event]["signing_token"])
            else:
                address, headers = f"/webhooks/{delivery.provider}", signed_headers(delivery, SECRETS)
            async with self._client.post(address, data=delivery.body, headers=headers) as response:
                assert response.status == 202, await response.text()

    async def _work(self) -> None:
        worker = Worker(self._engine, hosts=self._settings.hosts)
        while await worker.work():
            pass

    async def ask(self, address: str, **query: str) -> Any:
        """The JSON of an address of the API."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self._client.get(f"/api/v1/{address}", params=query, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()


@asynccontextmanager
async def open_house(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[House]:
    settings = Settings(providers=of_providers(SECRETS), api_token=SecretStr(TOKEN), secret_key=SecretStr("k" * 32))
    async with engine.begin() as connection:
        connections = {
            name: await add_connection(
                connection,
                organization_id,
                provider="generic",
                host=name,
                name=name,
                sealed=seal(secrets, encryption(settings)),
                actor="cli:test",
            )
            for name, secrets in TOOLS.items()
        }
    async with TestClient(TestServer(create_app(settings, engine, organization_id))) as client:
        yield House(engine, client, settings, connections)
