"""Questions that webhooks leave open are answered in few calls, tried again later, and given up visibly."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.enriching import DELAYS, Enricher
from handlers.asking.writing import write_and_link
from handlers.asking.yielding import make_way
from handlers.github.api import GitHubApi
from storage.asking.enrichment import count_questions
from storage.records import EnrichmentRequest, InstallationRepositories, Push, Record, RepositoryKey
from storage.records import Repository as RepositoryRecord
from tests.fakes.github.server import FakeGitHub, api_of, serving
from tests.fakes.github.telling import grow
from tests.fakes.github.world import Repository, World
from tests.handlers.asking.setting import SINCE, apis_of, enrich, rows
from tests.handlers.deliveries import push
from tests.handlers.queue import store
from tests.patience import SECONDS

NO_SHA = "f" * 40


@dataclass
class Here:
    engine: AsyncEngine
    organization_id: UUID
    github: FakeGitHub
    api: GitHubApi
    repository: Repository
    key: RepositoryKey

    async def write(self, *records: Record) -> None:
        known = RepositoryRecord(self.key, self.repository.path, None, "main", None)
        async with self.engine.begin() as connection:
            await write_and_link(connection, self.organization_id, [known, *records], link_now=True)

    async def ask(self, kind: str, *subjects: str) -> None:
        await self.write(*(EnrichmentRequest(self.key, kind, subject) for subject in subjects))

    async def enrich(self) -> None:
        await enrich(self.engine, self.api)

    async def open_questions(self) -> Sequence[tuple[str, int, str | None, bool]]:
        """Subject, attempts, reason, whether it was given up."""
        found = await rows(
            self.engine,
            "SELECT subject, attempts, reason, given_up_at IS NOT NULL FROM enrichment_requests "
            "WHERE answered_at IS NULL ORDER BY subject",
        )
        return [(row[0], row[1], row[2], row[3]) for row in found]


@pytest.fixture
async def here(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Here]:
    async with asking(engine, organization_id) as here:
        yield here


@asynccontextmanager
async def asking(engine: AsyncEngine, organization_id: UUID) -> AsyncIterator[Here]:
    """One repository with 40 days of history."""
    world = World()
    grow(world, 1, SINCE, 40)
    (repository,) = world.repositories.values()
    async with serving(world) as github:
        api = api_of(github, organization_id)
        key = RepositoryKey("github", "github.test", str(repository.id))
        yield Here(engine, organization_id, github, api, repository, key)
        await api.close()


async def test_a_hundred_and_twenty_commits_cost_three_calls_and_are_unknown_until_then(here: Here) -> None:
    shas = list(here.repository.commits)[:120]
    await here.ask("commit", *shas)
    await here.ask("commit", *shas)
    await here.enrich()
    assert here.github.asked() == 3
    known = await rows(here.engine, "SELECT commit_sha, lines_added, lines_deleted, files_changed FROM commits")
    assert {row[0]: row[1:] for row in known} == {sha: here.repository.commits[sha].size for sha in shas}
    # What was answered is not asked again.
    await here.ask("commit", *shas)
    await here.enrich()
    assert here.github.asked() == 3


async def test_a_commit_that_is_gone_is_given_up_with_the_reason_and_costs_the_others_nothing(here: Here) -> None:
    sha = here.repository.head
    await here.ask("commit", sha, NO_SHA, "no sha at all")
    await here.enrich()
    assert [(row[0], row[2], row[3]) for row in await here.open_questions()] == [
        (NO_SHA, "GitHub has no such commit any more: it was removed by a forced push.", True),
        ("no sha at all", "This is no question that GitHub can be asked.", True),
    ]
    async with here.engine.connect() as connection:
        waiting = await count_questions(connection)
    assert (waiting.waiting, waiting.given_up) == (0, 2)
    assert await rows(here.engine, "SELECT commit_sha FROM commits") == [(sha,)]


async def test_a_pull_request_tells_its_commits_and_one_that_is_none_is_given_up(here: Here) -> None:
    number, pr = next(item for item in here.repository.pull_requests.items() if len(item[1].commits) > 2)
    await here.ask("pull_request", str(number), "99999")
    await here.enrich()
    listed = await rows(here.engine, "SELECT commit_sha, authored_at FROM pull_request_commits")
    assert dict(listed) == {sha: here.repository.commits[sha].authored_at for sha in pr.commits}
    assert await here.open_questions() == [("99999", 1, "GitHub has no such pull request.", True)]
    assert here.github.asked() == 1


async def test_a_push_that_was_cut_gets_all_its_commits_with_their_line_counts(here: Here) -> None:
    line = here.repository.line(here.repository.head)
    before, after = line[-1], line[0]
    cut = Push(
        repository=here.key,
        ref="refs/heads/main",
        before=before.sha,
        after=after.sha,
        forced=False,
        on_default_branch=True,
        time=after.committed_at,
        commit_shas=(after.sha,),
        total_commits=None,
    )
    await here.write(cut, EnrichmentRequest(here.key, "push", f"{before.sha}...{after.sha}"))
    await here.enrich()
    ((shas, total, time),) = await rows(here.engine, "SELECT commit_shas, total_commits, time FROM pushes")
    assert set(shas) == {commit.sha for commit in line[:-1]}
    assert (total, time) == (len(line) - 1, after.committed_at)
    counted = "SELECT count(*) FROM commits WHERE on_default_branch AND lines_added IS NOT NULL"
    assert await rows(here.engine, counted) == [(len(line) - 1,)]
    assert await here.open_questions() == []


async def test_a_compare_is_kept_as_linking_reads_it(here: Here) -> None:
    line = here.repository.line(here.repository.head)
    newer, older = line[0].sha, line[10].sha
    between = {commit.sha for commit in line} - {commit.sha for commit in here.repository.line(older)}
    await here.ask("compare", f"{older}...{newer}", f"{newer}...{older}", f"{newer}...{NO_SHA}")
    await here.enrich()
    answers = dict(await rows(here.engine, "SELECT subject, answer FROM enrichment_requests"))
    assert {one["sha"] for one in answers[f"{older}...{newer}"]["commits"]} == between
    assert answers[f"{older}...{newer}"]["status"] == "ahead"
    assert answers[f"{newer}...{older}"]["status"] == "diverged"
    reason = "GitHub cannot compare these: one of them is gone, or was never there."
    assert [row[1:] for row in await here.open_questions()] == [(1, reason, True)]


async def test_an_outage_is_tried_again_later_and_in_the_end_given_up(here: Here) -> None:
    await here.ask("commit", here.repository.head)
    here.github.broken = True
    for tried in range(1, len(DELAYS) + 1):
        await here.enrich()
        assert await here.open_questions() == [(here.repository.head, tried, "GitHub answers 500.", False)]
        later = "SELECT next_attempt_at > now() + interval '50 seconds' FROM enrichment_requests"
        assert await rows(here.engine, later) == [(True,)]
        async with here.engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE enrichment_requests SET next_attempt_at = now()")
    await here.enrich()
    assert await here.open_questions() == [(here.repository.head, 6, "GitHub answers 500.", True)]


async def test_a_rate_limit_costs_no_attempt(here: Here) -> None:
    await here.ask("commit", here.repository.head)
    here.github.retry_after = 60
    here.github.troubles.append("secondary")
    await here.enrich()
    assert await here.open_questions() == [(here.repository.head, 0, "GitHub's rate limit is reached.", False)]


async def test_a_repository_that_was_lost_is_asked_nothing(here: Here) -> None:
    await here.ask("commit", here.repository.head)
    await here.write(InstallationRepositories("github", "github.test", (), (here.key,)))
    await here.enrich()
    assert here.github.asked() == 0
    assert await here.open_questions() == [(here.repository.head, 0, None, False)]


async def test_new_questions_wait_a_moment_for_others_to_join_them(here: Here) -> None:
    await here.ask("commit", here.repository.head)
    assert not await Enricher(here.engine, apis_of(here.api), settling=timedelta(minutes=1)).work()


async def test_live_deliveries_come_first(engine: AsyncEngine, organization_id: UUID) -> None:
    """While one waits longer than a moment, nobody asks; told to stop, nobody waits either."""
    await store(engine, organization_id, ("push", push(1)))
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE webhook_deliveries SET next_attempt_at = now() - interval '10 seconds'"
        )
    stopping = asyncio.Event()
    waiting = asyncio.create_task(make_way(engine, stopping))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    stopping.set()
    await asyncio.wait_for(waiting, SECONDS)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE webhook_deliveries SET state = 'done'")
    await asyncio.wait_for(make_way(engine, asyncio.Event()), SECONDS)


async def test_what_a_suspended_installation_leaves_open_waits_until_it_is_back(here: Here) -> None:
    await here.ask("commit", here.repository.head)
    here.github.world.installation.suspended = True
    await here.enrich()
    reason = "The installation is suspended on GitHub: unsuspend it there to go on."
    assert await here.open_questions() == [(here.repository.head, 0, reason, False)]
