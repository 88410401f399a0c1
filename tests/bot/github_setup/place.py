"""The application with nothing of GitHub configured, and a GitHub that registers Apps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from aiohttp import ClientSession
from aiohttp.test_utils import TestClient, TestServer, unused_port
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.github_setup.admission import invitation
from bot.settings import Settings
from handlers.github.settings import GitHubSettings
from tests.bot.github_setup.github import Registrations, fake_github
from tests.handlers.sending import Client


@dataclass
class Place:
    client: Client | ClientSession
    github: Registrations
    settings: Settings
    engine: AsyncEngine
    organization_id: UUID

    async def invitation(self) -> str | None:
        """What the log shows."""
        async with self.engine.connect() as connection:
            return await invitation(connection, self.organization_id, self.settings)

    async def token(self) -> str:
        address = await self.invitation()
        assert address is not None
        return address.rpartition("=")[2]


@asynccontextmanager
async def placed(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Place]:
    port = unused_port()
    async with fake_github() as github:
        settings = Settings(
            public_url=f"http://127.0.0.1:{port}",
            providers={"github": GitHubSettings(api_url=github.api_url)},
            secret_key=SecretStr("k" * 32),
        )
        server = TestServer(create_app(settings, engine, organization_id), port=port)
        async with TestClient(server) as client:
            yield Place(client, github, settings, engine, organization_id)
