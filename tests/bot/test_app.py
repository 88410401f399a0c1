"""The web application as a whole: health, readiness, metrics, and errors in one form."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.app import create_app
from bot.errors import answer_errors
from bot.settings import Settings
from handlers.github.settings import GitHubSettings
from handlers.process import Worker
from handlers.provider import ProviderSettings
from storage.database import create_engine
from tests.handlers.deliveries import push
from tests.handlers.sending import GITHUB_SECRET, Client, send_github

GITHUB: dict[str, ProviderSettings] = {"github": GitHubSettings(webhook_secret=SecretStr(GITHUB_SECRET))}


@pytest.fixture
async def client(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Client]:
    settings = Settings(providers=GITHUB, secret_key=SecretStr("k" * 32))
    async with TestClient(TestServer(create_app(settings, engine, organization_id))) as client:
        yield client


async def metrics(client: Client) -> dict[str, float]:
    async with client.get("/metrics") as response:
        assert response.status == 200
        assert response.headers["Content-Type"].startswith("text/plain; version=")
        lines = (await response.text()).splitlines()
    values = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in values}


async def test_a_signed_delivery_goes_through_the_whole_application(client: Client, engine: AsyncEngine) -> None:
    assert (await send_github(client, push(1))).status == 202
    assert await Worker(engine).work() == 1


async def test_the_process_is_up_and_ready(client: Client) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/readyz")).status == 200


async def test_without_its_tables_it_is_up_but_not_ready(client: Client, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE webhook_deliveries CASCADE"))

    assert (await client.get("/healthz")).status == 200
    response = await client.get("/readyz")
    assert response.status == 503
    assert "devmetrics migrate" in (await response.json())["error"]["message"]


async def test_without_its_database_it_is_up_but_not_ready_and_still_counts(organization_id: UUID) -> None:
    away = create_engine("postgresql://nobody@127.0.0.1:1/nothing")
    settings = Settings(providers=GITHUB, secret_key=SecretStr("k" * 32))
    async with TestClient(TestServer(create_app(settings, away, organization_id))) as client:
        assert (await client.get("/healthz")).status == 200
        response = await client.get("/readyz")
        assert response.status == 503
        assert (await response.json())["error"]["code"] == "not_ready"
        response = await send_github(client, push(1))
        assert (response.status, "Retry-After" in response.headers) == (503, True)
        assert "devmetrics_received_total" in await (await client.get("/metrics")).text()


async def test_metrics_show_every_state_also_at_zero(client: Client, engine: AsyncEngine) -> None:
    states = ("pending", "done", "ignored", "failed")
    before = await metrics(client)
    assert [before[f'devmetrics_deliveries{{state="{state}"}}'] for state in states] == [0, 0, 0, 0]
    assert before["devmetrics_lag_seconds"] == 0

    await send_github(client, push(1))
    await send_github(client, b"{")
    await asyncio.sleep(0.01)
    waiting = await metrics(client)
    assert waiting['devmetrics_deliveries{state="pending"}'] == 2
    assert waiting["devmetrics_lag_seconds"] > 0

    await Worker(engine).work()
    after = await metrics(client)
    assert [after[f'devmetrics_deliveries{{state="{state}"}}'] for state in states] == [0, 1, 0, 1]


async def test_metrics_count_answers_by_provider_and_status(client: Client) -> None:
    """An address somebody made up is not a label: Prometheus keeps every one for ever."""
    taken = 'devmetrics_received_total{provider="github",status="202"}'
    before = (await metrics(client)).get(taken, 0)
    await send_github(client, push(1))
    await client.post("/webhooks/made-up")

    after = await metrics(client)
    assert after[taken] == before + 1
    assert after['devmetrics_received_total{provider="unknown",status="404"}'] >= 1
    assert not [name for name in after if "made-up" in name]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nothing", 404, "not_found"), ("GET", "/webhooks/github", 405, "method_not_allowed")],
)
async def test_every_error_has_one_form(client: Client, method: str, path: str, status: int, code: str) -> None:
    response = await client.request(method, path)

    assert response.status == status
    error = (await response.json())["error"]
    assert error["code"] == code
    assert error["message"]


async def test_an_unexpected_error_is_answered_with_a_reference_that_is_in_the_log() -> None:
    async def stumble(request: web.Request) -> web.Response:
        raise RuntimeError("a detail\nand another")

    app = web.Application(middlewares=[answer_errors])
    app.add_routes([web.get("/stumble/{name}", stumble)])
    with capture_logs() as logs:
        async with TestClient(TestServer(app)) as client:
            response = await client.get("/stumble/hush-hush")
            error = (await response.json())["error"]

    assert response.status == 500
    assert error["code"] == "internal_error"
    assert "RuntimeError" not in error["message"]
    [entry] = logs
    assert entry["reference"] in error["message"]
    assert "stumble" in entry["where"]
    assert entry["path"] == "/stumble/{name}"
    assert "hush-hush" not in str(entry)
