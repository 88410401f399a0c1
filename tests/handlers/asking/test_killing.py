"""A backfill that is killed at random moments gives what an undisturbed one gives, and what webhooks would have told.

DEVMETRICS_BACKFILL_REPOSITORIES, _DAYS and _KILLS set the size (`make backfill`: 50, 89 and 10).
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Callable, Sized
from datetime import timedelta
from math import ceil
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company.people import GITLAB_HOST
from handlers.asking.api import Api
from handlers.commits import is_merge
from tests.fakes import gitlab
from tests.fakes.github.server import api_of, serving
from tests.fakes.github.telling import grow
from tests.fakes.github.world import Repository, World
from tests.fakes.gitlab.recording import WEB
from tests.fakes.gitlab.telling import grow as grow_projects
from tests.fakes.gitlab.world import Project
from tests.handlers.asking.comparing import differences, facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import SINCE, choose_sources, enrich, introduce, rows, steps_of, tell
from tests.handlers.gitlab.setting import api_at, as_both_tell, want_histories
from tests.handlers.gitlab.setting import tell as tell_of_projects

REPOSITORIES = int(os.environ.get("DEVMETRICS_BACKFILL_REPOSITORIES", "50"))
DAYS = int(os.environ.get("DEVMETRICS_BACKFILL_DAYS", "89"))
KILLS = int(os.environ.get("DEVMETRICS_BACKFILL_KILLS", "10"))
ROOT = Path(__file__).parents[3]
# What settings say of its deployments, or what else makes one repository unlike the others.
SOURCES = (
    "deployments",
    "deployments",
    "workflow",
    "deployments",
    "release",
    "branch",
    "merge",
    "deployments",
    "paths",
)
# As much at once as fits into memory beside the rest.
TOLD_AT_ONCE = 5000
NEXT_QUESTION = """
    SELECT CAST(extract(epoch FROM min(coalesce(next_attempt_at, now())) - now()) AS float) FROM enrichment_requests
    WHERE answered_at IS NULL AND given_up_at IS NULL
"""


class Readings(NamedTuple):
    calls: int
    seconds: float
    # When it was killed on the way.
    calls_killed: int


def pages(*lists: Sized) -> int:
    """With a hundred things in every call."""
    return sum(max(1, ceil(len(one) / 100)) for one in lists)


def least_calls(repository: Repository) -> int:
    """None that tells nothing new. Deployments and their statuses are apart."""
    line = repository.line(repository.head)
    things = (line, repository.pull_requests, repository.comments, repository.moves, repository.issues)
    return pages(*things, repository.deployments, repository.deployments) + least_calls_of_source(repository)


def least_calls_of_source(repository: Repository) -> int:
    """Earlier attempts of a run are shown one by one."""
    match repository.source:
        case "workflow":
            return pages(repository.runs) + sum(len(run.attempts) - 1 for run in repository.runs)
        case "release":
            return pages(repository.releases, repository.releases)
        case "branch":
            landed = {commit.sha for commit in repository.line(repository.head)}
            return pages([commit for commit in repository.line(repository.live) if commit.sha not in landed])
        case _:
            return 0


def least_calls_of_files(repository: Repository) -> int:
    """They are shown commit by commit."""
    if repository.source != "paths":
        return 0
    return sum(not is_merge(commit.message) for commit in repository.line(repository.head))


def least_calls_of_project(project: Project) -> int:
    """The project itself, its lists and environments, the sizes, and of each merge request its commits and notes."""
    lists = (project.commits, project.merge_requests, project.pushes, project.deployments, project.issues)
    return 2 + pages(*lists, project.sizes) + 2 * len(project.merge_requests)


async def start(engine: AsyncEngine, provider: str, address: str) -> asyncio.subprocess.Process:
    database = engine.url.render_as_string(hide_password=False)
    words = ("-m", "tests.handlers.asking.reader", database, provider, address)
    return await asyncio.create_subprocess_exec(sys.executable, *words, cwd=ROOT)


async def read_and_kill(
    engine: AsyncEngine, killed: AsyncEngine, provider: str, address: str, asked: Callable[[], int]
) -> Readings:
    """What is wanted in the one without a disturbance, then in the other with as many as are to be."""
    started = time.monotonic()
    undisturbed = await start(engine, provider, address)
    assert await undisturbed.wait() == 0
    took = time.monotonic() - started
    calls = asked()
    assert await rows(engine, "SELECT DISTINCT state, reason FROM history_readings") == [("done", None)]
    steps = await steps_of(engine)
    for place in sorted(random.sample(range(1, steps), KILLS)):
        process = await start(killed, provider, address)
        while await steps_of(killed) < place and process.returncode is None:  # noqa: ASYNC110 (another process's progress)
            await asyncio.sleep(random.uniform(0.005, 0.05))
        if process.returncode is None:
            process.kill()
        await process.wait()
    last = await start(killed, provider, address)
    assert await last.wait() == 0
    return Readings(calls, took, asked() - calls)


async def answer_all(engine: AsyncEngine, api: Api) -> None:
    """What more is asked than may be in a minute is put off, and asked when its time has come."""
    while True:
        await enrich(engine, api)
        ((seconds,),) = await rows(engine, NEXT_QUESTION)
        if seconds is None:
            return
        assert seconds < 300, "a question is put off for longer than a limit of a minute"
        await asyncio.sleep(max(0.1, seconds))


def say(what: str, told: int, readings: Readings, least: int) -> None:
    sys.stdout.write(
        f"\n{REPOSITORIES} {what}, {DAYS} days, {told:,} webhooks' worth: {readings.calls} calls in "
        f"{readings.seconds:.0f} s (the least possible: {least}); "
        f"killed {KILLS} times: {readings.calls_killed} calls.\n"
    )


@pytest.mark.slow
async def test_killed_at_random_it_ends_as_undisturbed_and_as_told_by_webhooks(
    engine: AsyncEngine, organization_id: UUID, another: Another, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    told = grow(world, REPOSITORIES, SINCE, DAYS, SOURCES)
    killed, its_organization = await another()
    heard, their_organization = await another()
    async with serving(world) as github:
        # Three databases ask in minutes what an installation asks once, and a limit would put off till the next hour.
        github.limits |= {"core": 50_000, "graphql": 50_000}
        await introduce(engine, organization_id, world, since=SINCE)
        await introduce(killed, its_organization, world, since=SINCE)
        await choose_sources(engine, organization_id, world)
        await choose_sources(killed, its_organization, world)
        readings = await read_and_kill(engine, killed, "github", github.url, github.asked)
        questions = github.asked()
        for database, of in ((engine, organization_id), (killed, its_organization)):
            api = api_of(github, of)
            await answer_all(database, api)
            await api.close()
        questions = (github.asked() - questions) // 2
        for place in range(0, len(told), TOLD_AT_ONCE):
            await tell(heard, their_organization, told[place : place + TOLD_AT_ONCE], "github.test")
        await choose_sources(heard, their_organization, world)
        api = api_of(github, their_organization)
        await answer_all(heard, api)
        await api.close()
    least = sum(map(least_calls, world.repositories.values()))
    with capsys.disabled():
        say("repositories of GitHub", len(told), readings, least)
        least_questions = sum(map(least_calls_of_files, world.repositories.values()))
        sys.stdout.write(f"What was open then: {questions} calls (the least possible for files: {least_questions}).\n")
    read = await facts(engine)
    assert differences(read, await facts(killed)) == {}
    assert differences(read, await facts(heard)) == {}
    assert readings.calls <= 2 * least


@pytest.mark.slow
async def test_a_gitlab_killed_at_random_ends_as_undisturbed_and_as_told_by_webhooks(
    engine: AsyncEngine, organization_id: UUID, another: Another, capsys: pytest.CaptureFixture[str]
) -> None:
    world = gitlab.World(web=WEB)
    # Some of what is pushed first was written two days before.
    told = grow_projects(world, REPOSITORIES, SINCE + timedelta(days=3), SINCE + timedelta(days=DAYS))
    killed, its_organization = await another()
    heard, their_organization = await another()
    async with gitlab.fake_gitlab(world) as server:
        for database, of in ((engine, organization_id), (killed, its_organization)):
            await want_histories(database, of, world, GITLAB_HOST, SINCE)
        readings = await read_and_kill(engine, killed, "gitlab", server.url, world.calls.total)
        for place in range(0, len(told), TOLD_AT_ONCE):
            await tell_of_projects(heard, their_organization, told[place : place + TOLD_AT_ONCE], GITLAB_HOST)
        api = api_at(server.url, GITLAB_HOST, their_organization, world.token)
        await answer_all(heard, api)
        await api.close()
    least = sum(map(least_calls_of_project, world.projects.values()))
    with capsys.disabled():
        say("projects of GitLab", len(told), readings, least)
    read = await facts(engine)
    assert differences(read, await facts(killed)) == {}
    assert differences(as_both_tell(read), as_both_tell(await facts(heard))) == {}
    assert readings.calls <= 2 * least
