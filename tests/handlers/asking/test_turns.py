"""A provider that does not answer holds up its own work only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.api import Place
from handlers.asking.apis import Apis
from handlers.asking.backfilling import Backfiller
from handlers.asking.enriching import AT_ONCE, Enricher
from handlers.asking.keeping import Keeper
from handlers.asking.writing import write_and_link
from handlers.gitlab.api import GitLabApi
from handlers.gitlab.client import Client
from handlers.gitlab.connecting import Connected
from storage.records import EnrichmentRequest, HistoryRequest, Record, Repository, RepositoryKey
from tests.fakes.github.server import api_of, serving
from tests.fakes.github.telling import grow
from tests.fakes.github.world import World as GitHubWorld
from tests.fakes.gitlab import World, fake_gitlab
from tests.handlers.asking.setting import SINCE, apis_of, rows
from tests.patience import SECONDS

HOST = "gitlab.test"
# Whoever asks it has given no reason yet why it is not answered.
ASKED = """SELECT provider, count(*) FILTER (WHERE attempts > 0 AND reason IS NULL), count(answered_at)
    FROM enrichment_requests
    JOIN repositories ON id = repository_id GROUP BY provider ORDER BY provider"""
READ = """SELECT provider, count(*) FILTER (WHERE claim IS NOT NULL), count(*) FILTER (WHERE state = 'done')
    FROM history_readings JOIN repositories ON id = repository_id GROUP BY provider ORDER BY provider"""
RUN = "SELECT provider, succeeded_at IS NOT NULL FROM provider_runs WHERE job = 'teams' ORDER BY provider"


@asynccontextmanager
async def silent_and_well(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[tuple[Apis, asyncio.Event]]:
    """A GitLab of more projects than are asked at once, whose questions are the older ones, and a GitHub of one; and
    what lets GitLab answer."""
    silent, well = World(held=asyncio.Event()), GitHubWorld()
    assert silent.held is not None
    grow(well, 1, SINCE, 5)
    [repository] = well.repositories.values()
    wanted: list[Record] = []
    for number in range(AT_ONCE + 2):
        silent.add_project(number, f"acme/app-{number}")
        wanted += want(RepositoryKey("gitlab", HOST, str(number)), f"acme/app-{number}", "0" * 40)
    async with fake_gitlab(silent) as gitlab, serving(well) as github:
        place = Place(organization_id, "gitlab", HOST)
        client = Client(gitlab.url, silent.token, patience=SECONDS)
        unanswered, answered = (
            GitLabApi(place, client, Connected(gitlab.url, silent.token)),
            api_of(github, organization_id),
        )
        key = RepositoryKey("github", answered.place.host, str(repository.id))
        for records in (wanted, want(key, repository.path, repository.head)):
            async with engine.begin() as connection:
                await write_and_link(connection, organization_id, records, link_now=False)
        yield apis_of(unanswered, answered), silent.held
        await unanswered.close()
        await answered.close()


def want(key: RepositoryKey, path: str, sha: str) -> list[Record]:
    known = Repository(key, path, None, "main", None)
    return [known, EnrichmentRequest(key, "commit", sha), HistoryRequest(key, SINCE)]


async def until(work: Awaitable[None], engine: AsyncEngine, statement: str, expected: tuple[object, ...]) -> None:
    """While it works, GitHub's row is `expected` before anything of GitLab's ended."""
    task = asyncio.ensure_future(work)
    async with asyncio.timeout(SECONDS):
        while expected not in (found := await rows(engine, statement)):
            assert not task.done()
            await asyncio.sleep(0.02)
    assert not [row for row in found if row[0] == "gitlab" and row[-1]]


@pytest.mark.parametrize(
    ("make", "statement"),
    [
        (lambda engine, apis: Enricher(engine, apis, settling=timedelta()).run, ASKED),
        (lambda engine, apis: Backfiller(engine, apis).run, READ),
    ],
)
async def test_while_one_provider_is_silent_another_is_asked_and_read(
    engine: AsyncEngine,
    organization_id: UUID,
    make: Callable[[AsyncEngine, Apis], Callable[[asyncio.Event], Awaitable[None]]],
    statement: str,
) -> None:
    stopping = asyncio.Event()
    async with silent_and_well(engine, organization_id) as (apis, held):
        work = asyncio.ensure_future(make(engine, apis)(stopping))
        await until(work, engine, statement, ("github", int(statement == ASKED), 1))
        [(_, in_hand, _)] = [row for row in await rows(engine, statement) if row[0] == "gitlab"]
        assert in_hand <= AT_ONCE
        stopping.set()
        held.set()
        await work


async def test_while_one_provider_is_silent_anothers_regular_jobs_are_done(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    async with silent_and_well(engine, organization_id) as (apis, held):
        work = asyncio.ensure_future(Keeper(engine, apis).run_due())
        await until(work, engine, RUN, ("github", True))
        held.set()
        await work
    assert await rows(engine, RUN) == [("github", True), ("gitlab", True)]
