"""Nothing that `devmetrics serve` writes tells a secret, a payload, a person or a private repository's name, though it
logs the most that it can: Bitbucket and GitLab are read, healed and then refuse their tokens, and GitHub's App is
registered. What `setup` prints tells whoever types it what was connected, and no secret."""

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, cast
from uuid import UUID, uuid4

import aiohttp
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company import Delivery
from bot.demo.company.people import Repository
from bot.settings import Settings
from handlers.github.settings import GitHubSettings
from storage.asking.readings import REPAIR, ask_for_histories
from tests.bot.github_setup.github import Registrations, fake_github
from tests.bot.github_setup.place import Place
from tests.bot.github_setup.test_routes import SECRETS, begin, come_back, state_in
from tests.bot.operator.running import devmetrics_on
from tests.bot.operator.test_serve import free_port, ready, serving, stop
from tests.fakes.bitbucket import World as BitbucketWorld
from tests.fakes.bitbucket import fake_bitbucket
from tests.fakes.bitbucket.recording import Recording
from tests.fakes.gitlab import fake_gitlab
from tests.fakes.gitlab.delivering import Delivering
from tests.fakes.gitlab.telling import Unfolding
from tests.handlers.asking.setting import rows
from tests.handlers.bitbucket.test_signature import headers
from tests.patience import SECONDS_TO_START
from tests.stories.moments import FIRST_DAY
from tests.stories.telling_bitbucket import Bitbucket
from tests.stories.telling_github import GitHub
from tests.stories.timeline import LONG_AGO, Timeline

SECRET_KEY = "the-key-that-encrypts-what-is-stored"
CODE = "the-code-of-the-registration"
EMAIL = "ann@whispers.example"
NAME = "hush-hush"
# As `Unfolding` names its first project.
PROJECT = "app-1"
# The address with the one-time token is shown on purpose.
SHOWN = "Connect GitHub in three clicks"
READ = """SELECT DISTINCT provider FROM history_readings JOIN repositories ON repositories.id = repository_id
    WHERE state = 'done' ORDER BY 1"""
READ_OF_BOTH = [("bitbucket",), ("gitlab",)]
ANSWERED = "SELECT 1 FROM enrichment_requests WHERE answered_at IS NOT NULL"
NOT_REFUSED = """SELECT id FROM repositories WHERE id NOT IN
    (SELECT repository_id FROM history_readings WHERE reason LIKE '%refuses the token%')"""


def happen(world: BitbucketWorld, day: int) -> list[Delivery]:
    """In one repository: the API shows it, and these are its webhooks."""
    lines: list[dict[str, Any]] = [
        {"at": f"d{day} 09:00", "push": "main", "commits": ["a1"]},
        {"at": f"d{day} 10:00", "push": "veiled-branch", "onto": "main", "commits": ["f1", "f2"]},
        {"at": f"d{day} 11:00", "open": 12, "head": "veiled-branch"},
        {"at": f"d{day} 13:00", "review": 12, "by": "bob"},
        {"at": f"d{day + 1} 10:00", "merge": 12},
        {"at": f"d{day + 1} 11:00", "deploy": 1, "of": "main", "says": "in_progress"},
        {"at": f"d{day + 1} 11:10", "deploy": 1, "of": "main", "began": f"d{day + 1} 11:00"},
    ]
    of = Repository("bitbucket", f"acme/{NAME}", 1, "", "", "", 0.0, 0, "Go", "main", LONG_AGO)
    recording = Recording(world.add_repository(1, of.path))
    seen, told = (Timeline(cast(GitHub, teller), of) for teller in (recording, Bitbucket()))
    for line in lines:
        seen.tell(line)
    recording.show(seen)
    return list(chain.from_iterable(told.tell(line) for line in lines))


async def deliver(hook: dict[str, Any], deliveries: Sequence[Delivery], secret: str) -> set[int]:
    async with aiohttp.ClientSession() as session:
        answers = set()
        for one in deliveries:
            names = {"X-Event-Key": one.event, "X-Request-UUID": str(uuid4())}
            signed = headers(secret, one.body) | names
            async with session.post(hook["url"], data=one.body, headers=signed) as response:
                answers.add(response.status)
        return answers


async def register(github: Registrations, port: int, engine: AsyncEngine, organization_id: UUID) -> tuple[str, str]:
    """In a browser, after what can go wrong: the one-time token, and the state."""
    address = f"http://127.0.0.1:{port}"
    of_github: Any = {"github": GitHubSettings(api_url=github.api_url)}
    settings = Settings(public_url=address, providers=of_github, secret_key=SecretStr(SECRET_KEY))
    async with aiohttp.ClientSession(address) as browser:
        place = Place(browser, github, settings, engine, organization_id)
        token = await place.token()
        assert (await browser.get(f"/github/setup?token={token}")).status == 200
        assert (await browser.get(f"/github/setup?token={token[::-1]}")).status == 403
        state = state_in((await begin(place))[0])
        assert (await come_back(place, state, CODE))[0] == 502
        github.codes[CODE] = github.made("devmetrics-acme")
        github.failing = 500
        assert (await come_back(place, state, CODE))[0] == 502
        github.failing = None
        assert (await come_back(place, state[::-1], CODE))[0] == 403
        assert (await come_back(place, state, CODE))[0] == 200
    return token, state


async def until_healed(engine: AsyncEngine, hook: dict[str, Any]) -> None:
    """By what is done every hour; and the histories are read, and what webhooks left out is asked for."""
    async with asyncio.timeout(SECONDS_TO_START):
        while not hook["active"] or await rows(engine, READ) != READ_OF_BOTH or not await rows(engine, ANSWERED):  # noqa: ASYNC110 (as below)
            await asyncio.sleep(0.1)


async def until_refused(engine: AsyncEngine) -> None:
    """Of each repository, whose histories are asked for until then: a reading that was under way when the token changed
    may end well. What a limit or an outage puts off waits a minute."""
    async with asyncio.timeout(SECONDS_TO_START):
        while left := [id_ for (id_,) in await rows(engine, NOT_REFUSED)]:
            async with engine.begin() as connection:
                await ask_for_histories(connection, left, REPAIR, datetime.now(UTC) - timedelta(days=3))
            await asyncio.sleep(0.5)


async def test_no_line_that_is_written_tells_a_secret_a_payload_a_person_or_a_private_repositorys_name(
    database_url: str, engine: AsyncEngine, organization_id: UUID
) -> None:
    port, now = free_port(), datetime.now(UTC).replace(second=0, microsecond=0)
    its_world = BitbucketWorld(email=EMAIL)
    async with fake_bitbucket(its_world) as bitbucket, fake_gitlab() as gitlab, fake_github() as github:
        told = happen(bitbucket.world, (now - FIRST_DAY).days - 3)
        gitlab.world.web = gitlab.url
        of_gitlab = Unfolding(gitlab.world, 1, now - timedelta(days=3), now).until(now)
        environment = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, "PORT": str(port), "LOG_LEVEL": "debug"}
        environment |= {"PUBLIC_URL": f"http://127.0.0.1:{port}", "GITHUB_API_URL": github.api_url}
        environment |= {"BITBUCKET_API_URL": bitbucket.url}
        devmetrics = devmetrics_on(database_url)
        given = {"BITBUCKET_TOKEN": bitbucket.world.token, "BITBUCKET_EMAIL": EMAIL}
        made = [await devmetrics("setup", "bitbucket", "--repository", f"acme/{NAME}", **environment, **given)]
        given = {"GITLAB_TOKEN": gitlab.world.token, "GITLAB_URL": gitlab.url}
        made.append(await devmetrics("setup", "gitlab", "--project", f"acme/{PROJECT}", **environment, **given))
        assert [one.status for one in made] == [0, 0]
        printed = [line for one in made for line in (one.out + one.err).splitlines()]
        [repository], project = bitbucket.world.repositories.values(), gitlab.world.projects[1]
        [hook], [of_project] = repository.hooks, project.hooks
        hidden = [bitbucket.world.token, gitlab.world.token, hook["secret"], str(of_project.told["signing_token"])]
        hook["active"] = False

        async with serving(**environment) as process:
            await ready(port)
            token, state = await register(github, port, engine, organization_id)
            assert await deliver(hook, told, hook["secret"]) == {202}
            assert await deliver(hook, told[:1], "a wrong secret") == {401}
            broken = [Delivery("bitbucket", "repo:push", str(uuid4()), b'{"push": "' + NAME.encode() + b'"}', now)]
            assert await deliver(hook, broken, hook["secret"]) == {202}
            await Delivering(of_project).tell(of_gitlab[-10:])
            await until_healed(engine, hook)
            assert hook["active"]

            bitbucket.world.failures = [(500, {}), (429, {"Retry-After": "1"})]
            bitbucket.world.token = gitlab.world.token = "another"
            await until_refused(engine)
            status, log = await stop(process)
    assert (status, bitbucket.world.failures) == (0, [])
    lines = log.splitlines()
    [shown] = [line for line in lines if SHOWN in line]
    assert token in shown
    lines.remove(shown)
    hidden += [b64encode(f"{EMAIL}:{hidden[0]}".encode()).decode(), EMAIL, SECRET_KEY, token, state, CODE, *SECRETS]
    hidden += ["PRIVATE KEY", "a wrong secret", "eyJ"]
    hidden += [database_url.rpartition("/")[2].partition("?")[0]]
    assert printed
    assert [line for line in printed if any(secret in line for secret in hidden)] == []
    people = await rows(engine, "SELECT name FROM developers WHERE name IS NOT NULL")
    assert people
    hidden += [name for (name,) in people if " " in name]
    hidden += [NAME, PROJECT, "veiled-branch", "Bring "]
    assert [line for line in lines if any(secret in line for secret in hidden)] == []
