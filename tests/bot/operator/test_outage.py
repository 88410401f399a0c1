"""Six hours without a receiver, and GitLab's webhook disabled meanwhile: `devmetrics serve` heals by its timers.

`make outage`: its timers need real minutes.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.keeping import Keeper
from tests.bot.operator.running import devmetrics_on
from tests.bot.operator.test_serve import free_port, ready, serving, stop
from tests.fakes.github.rest import Hook
from tests.fakes.github.server import APP_ID, api_of, pem
from tests.fakes.github.server import serving as serving_github
from tests.fakes.github.telling import Teller, Told
from tests.fakes.github.world import World as GitHubWorld
from tests.fakes.gitlab import World, fake_gitlab
from tests.fakes.gitlab.delivering import Delivering
from tests.fakes.gitlab.telling import Unfolding
from tests.handlers.asking.comparing import differences, facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import apis_of, backfill, enrich, introduce, rows
from tests.handlers.asking.setting import tell as tell_github
from tests.handlers.gitlab.setting import api_at, as_both_tell, tell
from tests.stories.flood import TOKEN, open_house

OUTAGE = timedelta(hours=6)
PROJECTS = 10
# A tick a minute, and what it asks for is read then.
SECONDS_TO_HEAL = 400
SECRET = "the-secret-of-the-webhook"
NAME = "hush-hush"
SECRET_KEY = "the-key-that-encrypts-what-is-stored"
BUSY = """SELECT 1 FROM webhook_deliveries WHERE state = 'pending'
    UNION ALL SELECT 1 FROM history_readings WHERE state = 'waiting'
    UNION ALL SELECT 1 FROM enrichment_requests WHERE answered_at IS NULL AND given_up_at IS NULL
    UNION ALL SELECT 1 FROM provider_runs
        HAVING count(*) FILTER (WHERE succeeded_at > now() - interval '1 hour') < :jobs
"""
# Of the connection, which is made in the terminal.
SET_UP = {"provider_connections", "audit_logs", "installations"}
# As if so much time had gone by since.
LATER = "UPDATE provider_runs SET succeeded_at = succeeded_at - $1::interval, next_attempt_at = next_attempt_at - $1"


async def until_quiet(engine: AsyncEngine, jobs: int) -> None:
    """What came in is processed, so many regular jobs were done, and what they asked for is read."""
    async with asyncio.timeout(SECONDS_TO_HEAL):
        while await rows(engine, BUSY, jobs=jobs):  # noqa: ASYNC110 (another process's)
            await asyncio.sleep(0.5)


async def answers_of(port: int, window: dict[str, str]) -> list[Any]:
    """The numbers of every project, as the running program answers them."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    found = []
    async with aiohttp.ClientSession(headers=headers) as session:
        for number in range(1, PROJECTS + 1):
            address = f"http://127.0.0.1:{port}/api/v1/repositories/gitlab/acme/app-{number}/metrics"
            async with session.get(address, params=window) as response:
                assert response.status == 200, await response.text()
                found.append(await response.json())
    return found


@pytest.mark.slow
async def test_after_six_hours_without_a_receiver_gitlabs_numbers_are_those_of_no_outage(
    database_url: str, engine: AsyncEngine, another: Another
) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    start = now.replace(hour=0, minute=0) - timedelta(days=14)
    window = {"from": f"{start:%Y-%m-%d}", "to": f"{now + timedelta(days=1):%Y-%m-%d}", "tz": "UTC"}
    port = free_port()
    undisturbed, its_organization = await another()
    world = World()
    world.add_group(7, "acme", "Acme")
    async with fake_gitlab(world) as gitlab:
        world.web, host = gitlab.url, gitlab.url.removeprefix("http://")
        environment = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, "PORT": str(port), "API_TOKEN": TOKEN}
        environment |= {"LOG_LEVEL": "debug", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        given = {"GITLAB_TOKEN": world.token, "GITLAB_URL": gitlab.url}
        set_up = await devmetrics_on(database_url)("setup", "gitlab", "--group", "acme", **environment, **given)
        assert set_up.status == 0, set_up.err
        delivering = Delivering(world.groups[7].hooks[0])
        unfolding = Unfolding(world, PROJECTS, start, now, long_before=0.5)

        before = unfolding.until(now - timedelta(hours=1) - OUTAGE)
        api = api_at(gitlab.url, host, its_organization, world.token)
        await Keeper(undisturbed, apis_of(api)).run_due(only={"teams"})
        await backfill(undisturbed, api)
        async with serving(**environment) as process:
            await ready(port)
            await delivering.tell(before[-20:])
            await until_quiet(engine, 4)
            _, first_log = await stop(process)
        assert delivering.lost == 0

        meanwhile = unfolding.until(now - timedelta(hours=1))
        await delivering.tell(meanwhile)
        assert delivering.hook.alert_status == "disabled"
        after = unfolding.until(now)
        async with engine.begin() as connection:
            await connection.exec_driver_sql(LATER, (OUTAGE + timedelta(hours=1),))
        async with serving(**environment) as process:
            await ready(port)
            # GitLab still sends nothing.
            await delivering.tell(after)
            assert delivering.lost >= len(after)
            # What is done every hour, and not what is done every day.
            await until_quiet(engine, 2)
            answered = await answers_of(port, window)
            status, log = await stop(process)
        await tell(undisturbed, its_organization, [*before[-20:], *meanwhile, *after], host)
        await enrich(undisturbed, api)
        await api.close()
    assert (status, delivering.hook.alert_status) == (0, "executable")
    healed, whole = as_both_tell(await facts(engine)), as_both_tell(await facts(undisturbed))
    assert {name: found for name, found in differences(healed, whole).items() if name not in SET_UP} == {}
    async with open_house(undisturbed, its_organization) as house:
        for number, answer in enumerate(answered, 1):
            assert answer == await house.ask(f"repositories/gitlab/acme/app-{number}/metrics", **window)
    secrets = [world.token, str(delivering.hook.told["signing_token"]), SECRET_KEY, TOKEN]
    for secret in (*secrets, "acme/app-", "Bring feature", "parcelway", "Checkout is down"):
        assert secret not in first_log + log + set_up.err


def until(at: datetime, telling: list[Iterator[Told]], held: list[Told]) -> list[Told]:
    """What happens until then: only that is seen in the API, but for the first thing after it."""
    for one in telling:
        while not any(told.at > at for told in held[-1:]) and (told := next(one, None)) is not None:
            held.append(told)
    now = sorted((told for told in held if told.at < at), key=lambda told: told.at)
    held[:] = [told for told in held if told.at >= at]
    return now


@pytest.mark.slow
async def test_after_six_hours_without_a_receiver_githubs_numbers_are_those_of_no_outage(
    database_url: str, engine: AsyncEngine, another: Another
) -> None:
    """And nothing that was logged, limits, failures and refusals included, tells a secret, a payload or a name."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, hours=12)
    gone, back = start + timedelta(hours=9), start + timedelta(hours=9) + OUTAGE
    port = free_port()
    undisturbed, its_organization = await another()
    async with serving_github(GitHubWorld()) as github:
        github.world.web, host = github.url, github.url.removeprefix("http://")
        telling = [
            Teller(github.world, f"{NAME}-{number}", number, start, "squash").tell(start, 2) for number in (1, 2)
        ]
        held: list[Told] = []
        environment = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, "PORT": str(port), "API_TOKEN": TOKEN}
        environment |= {"LOG_LEVEL": "debug", "GITHUB_API_URL": github.url, "GITHUB_WEBHOOK_SECRET": SECRET}
        keys = {"GITHUB_APP_ID": APP_ID, "GITHUB_PRIVATE_KEY": pem()}
        hook = Hook(github, f"http://127.0.0.1:{port}/webhooks/github", SECRET)
        api = api_of(github, its_organization)

        before = until(gone, telling, held)
        await introduce(undisturbed, its_organization, github.world)
        await backfill(undisturbed, api)
        async with serving(**environment, **keys) as process:
            await ready(port)
            github.troubles.extend(["500", "500", "429", "primary"])
            for one in before:
                assert await hook.tell(one) == 202
            hook.secret = "a wrong secret"
            assert await hook.tell(before[0]) == 401
            hook.secret = SECRET
            await until_quiet(engine, 3)
            _, first_log = await stop(process)
        meanwhile = until(back, telling, held)
        assert {await hook.tell(one) for one in meanwhile} == {0}
        assert len(meanwhile) > 20
        after = until(datetime.now(UTC) + timedelta(days=1), telling, held)
        later = datetime.now(UTC) - gone
        async with engine.begin() as connection:
            await connection.exec_driver_sql(LATER, (later,))
        refused = await devmetrics_on(database_url)("check", **environment, **keys | {"GITHUB_APP_ID": "4711"})
        async with serving(**environment, **keys) as process:
            await ready(port)
            for one in after:
                assert await hook.tell(one) == 202
            await until_quiet(engine, 3)
            status, log = await stop(process)
        await tell_github(undisturbed, its_organization, [*before, *meanwhile, *after], host)
        await Keeper(undisturbed, apis_of(api)).run_due(only={"repair"})
        await backfill(undisturbed, api)
        await enrich(undisturbed, api)
        await api.close()
    assert status == 0
    assert sum(delivery["redelivery"] for delivery in github.deliveries) >= len(meanwhile)
    different = differences(await facts(engine), await facts(undisturbed))
    assert {name: found for name, found in different.items() if name not in SET_UP} == {}
    assert refused.status == 1
    hidden = [*github.tokens, SECRET, SECRET_KEY, TOKEN, *pem().split("\n")[1:-2], "eyJ", "PRIVATE KEY"]
    for secret in (*hidden, NAME, "octo.example", "Mend a typo", "Work on change"):
        assert secret not in first_log + log + refused.err + refused.out
