from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import api
from bot.errors import answer_errors
from bot.keys import ENGINE, ORGANIZATION, SETTINGS
from bot.settings import Settings
from tests.reports.filling import Filling, at

TOKEN = "dm_test"
WEEK = "from=2026-11-02&to=2026-11-09"

Client = TestClient[web.Request, web.Application]
# An address (with its query) -> status and JSON.
Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def client(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Client]:
    """The API by itself, as the application mounts it."""
    app = web.Application(middlewares=[answer_errors])
    app[SETTINGS] = Settings(api_token=SecretStr(TOKEN))
    app[ENGINE] = engine
    app[ORGANIZATION] = organization_id
    api.add_routes(app)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def ask(client: Client) -> Ask:
    async def ask(address: str, token: str | None = TOKEN) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        response = await client.get(address, headers=headers)
        assert response.content_type == "application/json"
        return response.status, await response.json()

    return ask


@pytest.fixture
async def company(engine: AsyncEngine, organization_id: UUID) -> None:
    """Team platform with one repository and a little of everything in it; a GitLab project of nobody."""
    async with engine.begin() as connection:
        filling = Filling(connection, organization_id)
        repository = await filling.repository("acme/api")
        await filling.repository("group/sub/web", "gitlab")
        await filling.team("platform", owns=(repository,), name="Platform Team", timezone="Europe/Berlin")
        for moment in ("2026-10-27", "2026-11-03", "2026-11-04"):
            await filling.deployment(repository, at(moment), service="search")
            await filling.shipped(repository, at(moment), 4, service="search")
            await filling.merged(repository, at(moment), deploy=2, lines_added=1, lines_deleted=2)
            await filling.failure(repository, at(moment), None)
        await filling.commit(repository, at("2026-11-03"))
