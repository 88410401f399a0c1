"""`devmetrics serve` reads the past when the App is installed, and never logs a secret, a payload or a name."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.operator.test_serve import free_port, ready, serving, stop
from tests.fakes.github.rest import Hook
from tests.fakes.github.server import APP_ID, FakeGitHub, pem
from tests.fakes.github.server import serving as serving_github
from tests.fakes.github.telling import PEOPLE, Teller, Told
from tests.fakes.github.world import World
from tests.handlers.asking.setting import rows

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=12)
SECRET = "the-secret-of-the-webhook"
SECRET_KEY = "the-key-that-encrypts-what-is-stored"
NAME = "hush-hush"
# What goes wrong may put off the reading for a minute.
SECONDS_TO_READ = 180


def installed(github: FakeGitHub) -> Told:
    world = github.world
    page = f"{world.web}/organizations/{world.login}/settings/installations/{world.installation.id}"
    body = {
        "action": "created",
        "installation": {
            "id": 77,
            "account": {"login": "octo"},
            "html_url": page,
            "created_at": "2026-03-02T00:00:00Z",
        },
        "repositories": [{"id": one.id, "full_name": one.path} for one in world.repositories.values()],
        "sender": PEOPLE[0].rest(),
    }
    return Told(datetime.now(UTC), "installation", body)


async def until_read(engine: AsyncEngine) -> None:
    # The regular comparison may begin beside it: it does so at a certain second of a minute.
    states = "SELECT state FROM history_readings WHERE purpose = 'backfill'"
    async with asyncio.timeout(SECONDS_TO_READ):
        while await rows(engine, states) != [("done",)]:  # noqa: ASYNC110 (another process's)
            await asyncio.sleep(0.1)


async def test_an_installation_is_read_and_no_log_line_tells_a_secret_a_payload_or_a_name(
    database_url: str, engine: AsyncEngine
) -> None:
    port = free_port()
    async with serving_github(World()) as github:
        github.world.web = github.url
        told = list(Teller(github.world, NAME, 1, START, "squash").tell(START, 10))
        environment = {
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "PORT": str(port),
            "LOG_LEVEL": "debug",
            "GITHUB_WEBHOOK_SECRET": SECRET,
            "GITHUB_API_URL": github.url,
            "GITHUB_APP_ID": APP_ID,
            "GITHUB_PRIVATE_KEY": pem(),
        }
        async with serving(**environment) as process:
            await ready(port)
            hook = Hook(github, f"http://127.0.0.1:{port}/webhooks/github", SECRET)
            # Whatever goes wrong on the way is logged, too.
            github.troubles.extend(["500", "500", "429", "primary"])
            assert await hook.tell(installed(github)) == 202
            for one in told[:20]:
                assert await hook.tell(one) == 202
            hook.secret = "a wrong secret"
            assert await hook.tell(told[0]) == 401
            hook.secret = SECRET
            assert await hook.tell(Told(START, "push", {"ref": NAME, "before": 5})) == 202
            await until_read(engine)
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as metrics:
                measured = await metrics.text()
            status, log = await stop(process)
    assert status == 0
    assert 'devmetrics_calls_total{provider="github",status="200"}' in measured
    assert await rows(engine, "SELECT count(*) > 5 FROM commits WHERE lines_added IS NOT NULL") == [(True,)]
    hidden = [*github.tokens, SECRET, SECRET_KEY, *pem().split("\n")[1:-2], "eyJ", "PRIVATE KEY"]
    hidden += [NAME, "octo.example", "Mend a typo", "Work on change", database_url.rpartition("/")[2].partition("?")[0]]
    assert log
    for secret in hidden:
        assert secret not in log
        assert secret not in measured
