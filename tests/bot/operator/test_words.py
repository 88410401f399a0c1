"""The command line's words of the queue: what they print, and their exit status."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.inbox import Delivery
from handlers.inbox.postgres import PostgresInbox
from handlers.process import Worker
from tests.bot.operator.running import Devmetrics, devmetrics_on
from tests.handlers.deliveries import push


@pytest.fixture
def devmetrics(database_url: str) -> Devmetrics:
    return devmetrics_on(database_url)


@pytest.fixture
async def three(engine: AsyncEngine, organization_id: UUID) -> None:
    """A delivery that is done, one that was ignored, one that failed; with the ids 1, 2, 3."""
    async with PostgresInbox(engine) as inbox:
        for event, body in (("push", msgspec.json.encode(push(1))), ("star", b"{}"), ("push", b"{broken \xff")):
            key = f"key-{event}-{len(body)}"
            await inbox.store(Delivery(organization_id, "github", None, key, event, body, datetime.now(UTC)))
    await Worker(engine).work()


async def states(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT state FROM webhook_deliveries ORDER BY id"))
        return [row.state for row in rows]


async def test_help_names_every_word_and_needs_no_configuration() -> None:
    result = await devmetrics_on("")("--help")

    assert result.status == 0
    for word in ("serve", "migrate", "check", "ask", "team", "deliveries", "replay", "token", "openapi", "demo"):
        assert word in result.out


@pytest.mark.parametrize(
    "words",
    [
        ["unknown"],
        ["serve", "--only", "web,dance"],
        ["deliveries", "list", "--state", "lost"],
        ["deliveries", "list", "--limit", "0"],
        ["deliveries", "show"],
        ["deliveries", "show", "one"],
        ["deliveries", "retry"],
        ["deliveries", "retry", "1", "--failed"],
        ["replay"],
        ["replay", "does-not-exist.json"],
        ["replay", __file__, "--provider", "sourceforge"],
        ["token", "create"],
    ],
    ids=" ".join,
)
async def test_wrong_usage_ends_with_status_2_and_says_why(devmetrics: Devmetrics, words: list[str]) -> None:
    result = await devmetrics(*words)

    assert result.status == 2
    assert "Traceback" not in result.err


async def test_a_wrong_configuration_is_told_in_whole_and_ends_with_status_1(devmetrics: Devmetrics) -> None:
    result = await devmetrics("deliveries", "list", PORT="eighty", LOG_LEVEL="loud")

    assert result.status == 1
    assert result.out == ""
    assert "PORT" in result.err
    assert "LOG_LEVEL" in result.err
    assert "Traceback" not in result.err


async def test_a_database_that_is_away_is_told_in_one_sentence() -> None:
    devmetrics = devmetrics_on("postgresql://somebody:hidden@127.0.0.1:1/nothing")
    result = await devmetrics("deliveries", "list")

    assert result.status == 1
    assert result.err.count("\n") == 1
    assert "DATABASE_URL" in result.err
    assert "hidden" not in result.err
    assert "Traceback" in (await devmetrics("deliveries", "list", LOG_LEVEL="debug")).err


async def test_migrate_brings_the_tables_and_may_be_repeated(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))

    for _ in range(2):
        assert (await devmetrics("migrate")).status == 0
    assert await states(engine) == []


@pytest.mark.usefixtures("three")
async def test_deliveries_are_listed_with_the_newest_first(devmetrics: Devmetrics) -> None:
    lines = (await devmetrics("deliveries", "list")).out.splitlines()

    assert [line.split()[0] for line in lines] == ["ID", "3", "2", "1"]
    assert "failed" in lines[1]
    assert "JSON" in lines[1]
    assert len((await devmetrics("deliveries", "list", "--limit", "1")).out.splitlines()) == 2


async def test_an_empty_list_says_so(devmetrics: Devmetrics) -> None:
    assert "Nothing came in yet" in (await devmetrics("deliveries", "list")).out
    assert "failed" in (await devmetrics("deliveries", "list", "--state", "failed")).out


@pytest.mark.usefixtures("three")
async def test_deliveries_are_listed_as_json(devmetrics: Devmetrics) -> None:
    result = await devmetrics("deliveries", "list", "--json", "--state", "failed")

    [entry] = json.loads(result.out)
    assert (entry["id"], entry["provider"], entry["event"], entry["state"]) == (3, "github", "push", "failed")
    assert entry["key"].startswith("key-push")
    assert entry["reason"]
    assert json.loads((await devmetrics("deliveries", "list", "--json", "--state", "pending")).out) == []


@pytest.mark.usefixtures("three")
async def test_a_delivery_is_shown_with_its_body(devmetrics: Devmetrics) -> None:
    shown = (await devmetrics("deliveries", "show", "1")).out
    head, _, body = shown.partition("\n\n")
    assert "event: push" in head
    assert "state: done" in head
    assert json.loads(body) == push(1)

    assert "{broken" in (await devmetrics("deliveries", "show", "3")).out


@pytest.mark.usefixtures("three")
async def test_what_does_not_exist_is_told_with_status_1(devmetrics: Devmetrics) -> None:
    for word in ("show", "retry"):
        result = await devmetrics("deliveries", word, "99")
        assert (result.status, result.out) == (1, "")
        assert "99" in result.err


@pytest.mark.usefixtures("three")
async def test_another_organization_sees_and_touches_nothing_of_this_one(
    devmetrics: Devmetrics, engine: AsyncEngine
) -> None:
    assert "Nothing came in yet" in (await devmetrics("deliveries", "list", ORGANIZATION="other")).out
    assert (await devmetrics("deliveries", "show", "1", ORGANIZATION="other")).status == 1
    assert (await devmetrics("deliveries", "retry", "3", ORGANIZATION="other")).status == 1
    await devmetrics("deliveries", "retry", "--failed", ORGANIZATION="other")
    assert await states(engine) == ["done", "ignored", "failed"]


@pytest.mark.usefixtures("three")
async def test_failed_deliveries_run_again_one_or_all(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    assert (await devmetrics("deliveries", "retry", "3")).status == 0
    assert await states(engine) == ["done", "ignored", "pending"]
    await Worker(engine).work()
    assert (await devmetrics("deliveries", "retry", "--failed")).out.startswith("1 delivery waits")
    assert await states(engine) == ["done", "ignored", "pending"]
    assert "nothing to run again" in (await devmetrics("deliveries", "retry", "--failed")).out
    # What is done counts once, whatever is asked.
    assert (await devmetrics("deliveries", "retry", "1")).status == 1
    assert (await devmetrics("deliveries", "retry", "2")).status == 0


async def test_replayed_files_are_processed_and_each_is_told(
    devmetrics: Devmetrics, engine: AsyncEngine, tmp_path: Path
) -> None:
    github, gitlab = tmp_path / "push.payload.json", tmp_path / "anything.json"
    github.write_bytes(msgspec.json.encode(push(1)))
    gitlab.write_bytes(b'{"object_kind": "emoji"}')
    for _ in range(2):
        result = await devmetrics("replay", str(github), str(gitlab))
        assert result.status == 0
        first, second = result.out.splitlines()
        assert first == f"{github}: done"
        assert second.startswith(f"{gitlab}: ignored (")

    assert await states(engine) == ["done", "ignored"]
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT provider, event FROM webhook_deliveries ORDER BY id"))
        assert [tuple(row) for row in rows] == [("github", "push"), ("gitlab", "Emoji Hook")]
        assert await connection.scalar(text("SELECT count(*) FROM commits")) == 1


async def test_a_replay_that_fails_ends_with_status_1(devmetrics: Devmetrics, tmp_path: Path) -> None:
    path = tmp_path / "whatever"
    path.write_bytes(b"\xff{")
    result = await devmetrics("replay", str(path), "--provider", "github", "--event", "push")

    assert result.status == 1
    assert f"{path}: failed (" in result.out
    assert result.err


async def test_a_token_is_printed_once_and_stored_as_its_hash(devmetrics: Devmetrics, engine: AsyncEngine) -> None:
    result = await devmetrics("token", "create", "--name", "grafana")
    token = result.out.strip()

    assert result.status == 0
    async with engine.connect() as connection:
        [row] = await connection.execute(text("SELECT name, token_hash FROM api_tokens"))
    assert (row.name, row.token_hash) == ("grafana", hashlib.sha256(token.encode()).digest())


async def test_check_finds_nothing_wrong_with_a_first_start(devmetrics: Devmetrics) -> None:
    result = await devmetrics("check")

    assert result.status == 0
    assert "problem" not in result.out
    assert "GITHUB_WEBHOOK_SECRET" in result.out


@pytest.fixture
async def outside() -> AsyncIterator[str]:
    """GitLab and Slack that accept the token `good`, and this server's own health."""

    async def user(request: web.Request) -> web.Response:
        return web.json_response({}, status=200 if request.headers.get("PRIVATE-TOKEN") == "good" else 401)

    async def auth_test(request: web.Request) -> web.Response:
        ok = request.headers.get("Authorization") == "Bearer good"
        told = {"ok": True, "user": "devmetrics", "team": "Octo"} if ok else {"ok": False, "error": "invalid_auth"}
        return web.json_response(told)

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.add_routes([web.get("/api/v4/user", user), web.post("/api/auth.test", auth_test), web.get("/healthz", healthz)])
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}"


def connections(address: str, token: str) -> dict[str, str]:
    return {
        "GITLAB_URL": address,
        "GITLAB_TOKEN": token,
        "SLACK_API_URL": f"{address}/api",
        "SLACK_BOT_TOKEN": token,
        "SLACK_SIGNING_SECRET": "s",
        "PUBLIC_URL": address,
        "GITHUB_WEBHOOK_SECRET": "s",
        "GITLAB_WEBHOOK_TOKEN": "s",
    }


async def test_check_asks_everything_that_is_connected(devmetrics: Devmetrics, outside: str) -> None:
    result = await devmetrics("check", **connections(outside, "good"))

    assert result.status == 0
    assert {line.split()[0] for line in result.out.splitlines()} == {"ok"}
    assert "Octo" in result.out


async def test_check_tells_each_problem_with_its_remedy(devmetrics: Devmetrics, outside: str) -> None:
    result = await devmetrics("check", **connections(outside, "bad"))
    problems = [line for line in result.out.splitlines() if line.startswith("problem")]
    assert result.status == 1
    assert len(problems) == 2
    assert "GITLAB_TOKEN" in result.out
    assert "SLACK_BOT_TOKEN" in result.out

    away = {**connections("http://127.0.0.1:1", "good")}
    result = await devmetrics("check", **away)
    assert result.status == 1
    assert len([line for line in result.out.splitlines() if line.startswith("problem")]) == 3


async def test_check_tells_of_a_database_that_is_away_and_goes_on() -> None:
    result = await devmetrics_on("postgresql://somebody@127.0.0.1:1/nothing")("check")

    assert result.status == 1
    assert "problem  database" in result.out
    assert "off      slack" in result.out
