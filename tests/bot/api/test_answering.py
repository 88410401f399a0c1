"""When the database is away the API says so."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import api
from bot.errors import answer_errors
from bot.keys import ENGINE, ORGANIZATION, SETTINGS
from bot.settings import Settings
from storage.database import create_engine
from tests.bot.api.conftest import Client


@pytest.fixture
async def cut_off() -> AsyncIterator[Client]:
    """The API with a database that is not there."""
    app = web.Application(middlewares=[answer_errors])
    engine = create_engine("postgresql://devmetrics@127.0.0.1:1/nothing")
    app[SETTINGS], app[ENGINE], app[ORGANIZATION] = Settings(), engine, uuid4()
    api.add_routes(app)
    async with TestClient(TestServer(app)) as client:
        yield client
    await engine.dispose()


async def test_a_database_that_is_away_is_said(cut_off: Client) -> None:
    response = await cut_off.get("/api/v1/teams/platform/metrics", headers={"Authorization": "Bearer x"})
    assert response.status == 503
    message = "The database does not answer. Try again in a moment."
    assert await response.json() == {"error": {"code": "unavailable", "message": message}}


async def test_the_description_is_there_all_the_same(cut_off: Client) -> None:
    assert (await cut_off.get("/api/v1/openapi.json")).status == 200
