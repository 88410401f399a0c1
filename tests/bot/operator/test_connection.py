"""`devmetrics connection`: an address and a secret, and what is delivered there with nothing but openssl and curl."""

import asyncio
import os
import re
import shutil
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app import create_app
from bot.settings import Settings
from handlers.process import Worker
from tests.bot.operator.running import Devmetrics
from tests.handlers.deliveries import push
from tests.handlers.queue import query, store

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "generic.md"
ADDED = re.compile(r"URL: http://127.0.0.1:8080(/webhooks/generic/\S+)\nsigning token: (whsec_\S+)\n")


async def add(devmetrics: Devmetrics, name: str) -> tuple[str, str]:
    """The path of its address, and its token."""
    result = await devmetrics("connection", "add", "generic", name)
    assert (result.status, result.err) == (0, "")
    found = ADDED.fullmatch(result.out)
    assert found
    return found[1], found[2]


async def test_a_connection_is_made_listed_and_removed(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    assert "There is no connection" in (await devmetrics("connection", "list")).out
    path, token = await add(devmetrics, "pagerduty")

    listed = (await devmetrics("connection", "list", PUBLIC_URL="https://dm.example", COLUMNS="80")).out
    assert "pagerduty" in listed
    assert f"https://dm.example{path}" in listed
    assert token not in listed
    [(sealed,)] = await query(engine, "SELECT secrets FROM provider_connections")
    assert token.encode() not in bytes(sealed)

    assert "are refused" in (await devmetrics("connection", "remove", "pagerduty")).out
    assert "There is no connection" in (await devmetrics("connection", "list")).out
    assert await query(engine, "SELECT action, actor LIKE 'cli:%' FROM audit_logs ORDER BY id") == [
        ("connection.add", True),
        ("connection.remove", True),
    ]


async def test_what_cannot_be_made_is_explained(devmetrics: Devmetrics) -> None:
    await add(devmetrics, "pagerduty")
    for words, reason in (
        (["add", "generic", "pagerduty"], "There is a connection pagerduty already"),
        (["add", "generic", "Pager Duty"], "A connection's name is like pagerduty"),
        (["add", "github", "enterprise"], "cannot be made here"),
        (["remove", "opsgenie"], "There is no connection 'opsgenie'"),
    ):
        result = await devmetrics("connection", *words)
        assert (result.status, result.out) == (1, "")
        assert reason in result.err


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
async def test_the_documented_lines_deliver_a_deployment_once(
    devmetrics: Devmetrics, engine: AsyncEngine, organization_id: UUID, tmp_path: Path
) -> None:
    path, token = await add(devmetrics, "jenkins")
    [script] = re.findall(r"```sh\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    settings = Settings(data_dir=tmp_path, secret_key=SecretStr("k" * 32))
    async with TestServer(create_app(settings, engine, organization_id)) as server:

        async def run(signed_with: str) -> str:
            environment = {"PATH": os.environ["PATH"], "URL": str(server.make_url(path)), "TOKEN": signed_with}
            process = await asyncio.create_subprocess_exec(
                "bash", "-c", script, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            return (await process.communicate())[0].decode()

        assert await run(token) == await run(token) == '{"status": "stored"}'
        assert "webhook-signature does not match" in await run("whsec_" + "A" * 44)
    await Worker(engine).work()

    assert await query(engine, "SELECT state, event FROM webhook_deliveries") == [("done", "deployment")]
    stored = (
        "SELECT provider_key, outcome, path, r.provider FROM deployments JOIN repositories r ON r.id = repository_id"
    )
    assert await query(engine, stored) == [("deployment:42:jenkins", "succeeded", "acme/gateway", "github")]


async def test_what_is_told_of_a_path_belongs_to_the_repository_whichever_comes_first(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    told = {
        "type": "deployment",
        "environment": "production",
        "repository": {"provider": "github", "path": "octo/APP-1"},
    }
    for number in (1, 2):
        moment = f"2026-03-0{number + 1}T09:00:00Z"
        document = {**told, "id": number, "status": "succeeded", "at": moment}
        await store(engine, organization_id, ("deployment", document), provider="generic")
        await Worker(engine).work()
        if number == 1:
            await store(engine, organization_id, ("push", push(1)))
            await Worker(engine).work()

    live = "SELECT path, provider_id, (SELECT count(*) FROM deployments WHERE repository_id = r.id) FROM repositories r"
    assert await query(engine, f"{live} WHERE deleted_at IS NULL") == [("octo/app-1", "1", 2)]
    assert await query(
        engine, "SELECT sum(deployment_count), count(DISTINCT repository_id) FROM weekly_dora_metrics"
    ) == [(2, 1)]
    assert await query(
        engine,
        "SELECT count(*) FROM link_notes n JOIN repositories r ON r.id = n.repository_id WHERE deleted_at IS NOT NULL",
    ) == [(0,)]
