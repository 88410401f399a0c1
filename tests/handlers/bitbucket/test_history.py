"""A history read from Bitbucket's API gives the numbers that its webhooks would have given, taken over or not."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company.people import Repository as Place
from handlers.asking.api import Api, Step
from handlers.asking.backfilling import Backfiller
from handlers.asking.keeping import Keeper
from handlers.asking.writing import write_and_link
from handlers.bitbucket.api import BitbucketApi
from handlers.process import Worker
from storage.asking.readings import CATCH_UP
from storage.asking.repositories import list_repositories
from storage.records import HistoryRequest, Repository, RepositoryKey
from tests.fakes.bitbucket import FakeBitbucket, World, fake_bitbucket
from tests.fakes.bitbucket.recording import Recording
from tests.handlers.asking.comparing import differences as differences_of
from tests.handlers.asking.comparing import facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import apis_of, backfill, enrich
from tests.handlers.bitbucket.asking import WHERE, asking
from tests.handlers.queue import query, store
from tests.stories.files import stories_of
from tests.stories.flood import open_house
from tests.stories.git import sha_of
from tests.stories.moments import moment
from tests.stories.numbers import differences, expected_report, said
from tests.stories.telling_bitbucket import Bitbucket, Untold
from tests.stories.telling_github import GitHub
from tests.stories.test_stories import WHOLE
from tests.stories.timeline import LONG_AGO, Timeline

STORIES = stories_of("shipping", "stages")
# Where the API knows more than the webhooks of the story told.
KNOWN = {
    "A deployment that arrives before anything is known of its commits",
    "The first success claims the unbroken chain only",
    "A SHA that was only ever seen as a merge ships its pull request",
    "Without pushes the order of merges stands in, marked as an estimate",
    "A SHA that nothing names, of a branch that is never pushed here, has what was merged before it",
}
# Where it knows less, and why.
UNKNOWN = {
    "A back-merge of production into main carries the hotfix and is no change": "how other branches moved",
    "An imported repository ships nothing of its history": "what came with an import is told by its age alone",
    "Deleted comments count nowhere, but the review that they came with was one": "a comment comes with no review",
}
DIFFERENT = KNOWN | UNKNOWN.keys()
SINCE = datetime(2026, 2, 20, tzinfo=UTC)


@pytest.fixture
async def bitbucket() -> AsyncIterator[FakeBitbucket]:
    async with fake_bitbucket() as bitbucket:
        yield bitbucket


def tell(
    world: World, stories: list[dict[str, Any]], *, by_pipelines: bool = True
) -> list[tuple[dict[str, Any], Timeline]]:
    """The stories that Bitbucket tells, each into a repository of its own."""
    told = []
    for number, story in enumerate(stories, 1):
        if story.get("only", "github") != "github" or story["story"] in DIFFERENT:
            continue
        made = moment(story["made"]) if "made" in story else LONG_AGO
        branch = story.get("default_branch", "main")
        of = Place("bitbucket", f"acme/api-{number}", number, "", "", "", 0.0, 0, "Go", branch, made)
        repository = world.add_repository(number, of.path)
        recording = Recording(repository, by_pipelines=by_pipelines)
        timeline = Timeline(cast(GitHub, recording), of)
        try:
            list(chain.from_iterable(timeline.tell(line) for line in story["timeline"]))
        except Untold:
            world.repositories.pop(repository.uuid)
            continue
        recording.show(timeline)
        if timeline.marks:
            world.repositories.pop(repository.uuid)
            continue
        told.append((story, timeline))
    return told


async def want_histories(engine: AsyncEngine, organization_id: UUID, world: World, since: datetime = SINCE) -> None:
    records: list[Repository | HistoryRequest] = []
    for one in world.repositories.values():
        key = RepositoryKey(*WHERE, one.uuid.strip("{}"))
        records += [Repository(key, one.full_name, None, None, None), HistoryRequest(key, since)]
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, records, link_now=True)


async def test_stories_read_from_the_api_end_as_told(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID
) -> None:
    told = tell(bitbucket.world, STORIES)
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    assert await query(engine, "SELECT state, reason FROM history_readings WHERE state <> 'done'") == []
    wrong = []
    async with open_house(engine, organization_id) as house:
        for story, timeline in told:
            report = said(await house.ask(f"repositories/bitbucket/{timeline.of.path}/metrics", **WHOLE))
            expect = {**story["expect"], **story.get("github", {}).get("expect", {})}
            wrong += [f"{story['story']}: {one}" for one in differences(expected_report(expect, timeline), report)]
    assert not wrong, "\n".join(wrong)
    assert len(told) > 45


async def test_a_backfill_that_may_not_read_pull_requests_reads_all_else_and_is_not_done(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID
) -> None:
    tell(bitbucket.world, STORIES[:1])
    await want_histories(engine, organization_id, bitbucket.world)
    scopes = bitbucket.world.scopes
    bitbucket.world.scopes = tuple(scope for scope in scopes if "pullrequest" not in scope)
    states = "SELECT state, split_part(reason, ':', 1), reason LIKE '%lack pullrequest%' FROM history_readings"
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    assert await query(engine, states) == [("failed", "open pull requests", True)]
    assert await query(engine, "SELECT count(*) > 0 FROM commits") == [(True,)]
    bitbucket.world.scopes = scopes
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    assert await query(engine, "SELECT state FROM history_readings") == [("done",)]


async def test_what_cannot_be_read_costs_itself_alone(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID
) -> None:
    tell(bitbucket.world, STORIES[:1])
    await want_histories(engine, organization_id, bitbucket.world)
    [repository] = bitbucket.world.repositories.values()
    spoiled, *others = repository.commits.values()
    spoiled["hash"] = None
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    assert await query(engine, "SELECT state, left_out > 0, left_out_reason FROM history_readings") == [
        ("done", True, "Expected `str`, got `null` - at `$.hash`")
    ]
    assert len(await query(engine, "SELECT 1 FROM commits")) == len(others)


async def test_a_reading_taken_over_at_every_step_ends_like_one_undisturbed(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Each step by a process that knows nothing of the ones before, and Bitbucket fails now and then."""
    tell(bitbucket.world, STORIES[:3])
    bitbucket.world.page = 2
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    broken, its_organization = await another()
    await want_histories(broken, its_organization, bitbucket.world)
    for number in range(1000):
        bitbucket.world.failures = [(503, {})] * 3 if number % 4 == 1 else []
        stopping = asyncio.Event()
        async with asking(bitbucket, its_organization) as api:
            apis = apis_of(cast(Api, OneStep(api, stopping)))
            if not await Backfiller(broken, apis, delays=[timedelta()] * 9).work(stopping):
                break
        async with broken.begin() as connection:
            await connection.execute(text("UPDATE history_readings SET next_attempt_at = now()"))
    assert number > 20
    assert differences_of(await facts(engine), await facts(broken)) == {}


async def test_two_readings_of_one_repository_side_by_side_know_nothing_of_each_other(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """The first day asks for a backfill and for the last hours at once."""
    tell(bitbucket.world, STORIES[:1])
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    both, its_organization = await another()
    await want_histories(both, its_organization, bitbucket.world)
    async with asking(bitbucket, its_organization) as api:
        await Backfiller(both, apis_of(cast(Api, OneStep(api, stopping := asyncio.Event())))).work(stopping)
        async with both.begin() as connection:
            [of] = await list_repositories(connection, [api.place])
        # The other one begins between two steps of the backfill.
        await api.read_history(of, CATCH_UP, datetime.now(UTC), None)
        await backfill(both, api)
    assert differences_of(await facts(engine), await facts(both)) == {}
    assert await query(both, "SELECT count(*) > 0 FROM pushes") == [(True,)]


async def test_an_hour_without_anything_new_costs_three_calls(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID
) -> None:
    """Every repository is read every hour, and of all of them together a token has a thousand calls."""
    tell(bitbucket.world, STORIES[:1])
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
        bitbucket.world.calls.clear()
        await Keeper(engine, apis_of(api)).run_due(only={"catch up"})
        await backfill(engine, api)
    assert bitbucket.world.calls.total() == 3
    assert await query(engine, "SELECT purpose, state FROM history_readings ORDER BY 1") == [
        ("backfill", "done"),
        ("catch_up", "done"),
    ]


DEPLOYED = """
SELECT provider_key, status, environment, started_at, finished_at, sha FROM deployments ORDER BY started_at"""


async def test_deployments_of_other_tools_are_read_from_the_builds_that_they_reported(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID
) -> None:
    lines: list[dict[str, Any]] = [
        {"at": "d1 09:00", "push": "main", "commits": ["a1"]},
        {"at": "d1 10:00", "deploy": 1, "of": "main", "says": "in_progress"},
        {"at": "d1 10:05", "deploy": 1, "of": "main"},
        {"at": "d1 11:00", "push": "main", "commits": ["a2"]},
        {"at": "d1 12:00", "deploy": 2, "of": "main", "says": "failed"},
    ]
    tell(bitbucket.world, [{"story": "", "timeline": lines}], by_pipelines=False)
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
    assert await query(engine, DEPLOYED) == [
        ("pipeline:1:production", "success", "production", moment("d1 10:00"), moment("d1 10:05"), sha_of("a1")),
        ("pipeline:2:production", "failed", "production", moment("d1 12:00"), moment("d1 12:00"), sha_of("a2")),
    ]
    assert bitbucket.world.calls["GET /2.0/repositories/{workspace}/{repository}/commit/{sha}/statuses"] == 2


async def test_a_run_that_deploys_again_is_a_deployment_of_its_own_however_far_back_is_read(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID
) -> None:
    """A run of before then is deployed once more: that is a rollback, and no first deployment."""
    lines = [
        {"at": "d1 09:00", "push": "main", "commits": ["a1"]},
        {"at": "d1 10:00", "deploy": 1, "of": "main", "to": "Production"},
        {"at": "d2 09:00", "push": "main", "commits": ["a2"]},
        {"at": "d2 10:00", "deploy": 2, "of": "main", "to": "Production"},
    ]
    tell(bitbucket.world, [{"story": "", "timeline": lines}])
    [of] = bitbucket.world.repositories.values()
    first = of.deployments[0]
    state = {**first["state"], "started_on": "2026-03-03T11:00:00Z", "completed_on": "2026-03-03T11:01:00Z"}
    waiting = {"name": "UNDEPLOYED", "type": "deployment_state_undeployed"}
    of.deployments += [{**first, "uuid": "{again}", "state": state}, {**first, "uuid": "{waits}", "state": waiting}]
    bitbucket.world.page = 1
    for since in (SINCE, moment("d2 00:00")):
        await want_histories(engine, organization_id, bitbucket.world, since)
        async with asking(bitbucket, organization_id) as api:
            await backfill(engine, api)
        assert [key for key, *_ in await query(engine, DEPLOYED)] == [
            "pipeline:1:production",
            "pipeline:2:production",
            "pipeline:1:production:1",
        ]


# What only one of the two says: columns, and rows.
TOLD_ONCE = {
    "deployments": {"ref", "url", "environment_told"},
    "deployment_evidence": {"url"},
    "repositories": {"default_branch", "provider_created_at"},
}


def told_by_both(found: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Without how other branches than the default one moved, and the commits that came onto none else."""
    kept = {
        table: [{name: row[name] for name in row if name not in TOLD_ONCE.get(table, ())} for row in rows]
        for table, rows in found.items()
    }
    kept["pushes"] = [row for row in kept["pushes"] if row["on_default_branch"]]
    for table in ("commits", "commit_keys"):
        kept[table] = [row for row in kept[table] if row["commit_sha"] != sha_of("o1")]
    return kept


async def test_the_same_story_told_by_webhooks_and_read_from_the_api_gives_the_same_tables(
    bitbucket: FakeBitbucket, engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    heard, their_organization = await another()
    story = {"story": "", "timeline": LIFE}
    tell(bitbucket.world, [story])
    await want_histories(engine, organization_id, bitbucket.world)
    async with asking(bitbucket, organization_id) as api:
        await backfill(engine, api)
        await enrich(engine, api)
    of = Place("bitbucket", "acme/api-1", 1, "", "", "", 0.0, 0, "Go", "main", LONG_AGO)
    timeline = Timeline(cast(GitHub, Bitbucket()), of)
    deliveries = chain.from_iterable(timeline.tell(line) for line in LIFE)
    await store(heard, their_organization, *((one.event, one.body) for one in deliveries), provider="bitbucket")
    await Worker(heard).work()
    async with asking(bitbucket, their_organization) as api:
        await enrich(heard, api)
    read, told = told_by_both(await facts(engine)), told_by_both(await facts(heard))
    assert differences_of(read, told) == {}
    assert all(read[table] for table in ("commits", "pushes", "pull_requests", "reviews", "deployments", "changes"))


LIFE: list[dict[str, Any]] = [
    {"at": "d1 09:00", "push": "main", "commits": ["a1"]},
    {"at": "d1 10:00", "push": "feature", "onto": "main", "commits": ["f1", "f2"]},
    {"at": "d1 11:00", "open": 12, "head": "feature"},
    {"at": "d1 12:00", "review": 12, "by": "bob", "kind": "comment"},
    {"at": "d1 13:00", "review": 12, "by": "bob"},
    {"at": "d2 10:00", "merge": 12},
    {"at": "d2 11:00", "deploy": 1, "of": "main", "says": "in_progress"},
    {"at": "d2 11:10", "deploy": 1, "of": "main", "began": "d2 11:00"},
    {"at": "d3 10:00", "push": "other", "onto": "main", "commits": ["o1"]},
    {"at": "d3 11:00", "open": 13, "head": "other", "by": "cat"},
    {"at": "d3 12:00", "close": 13},
    {"at": "d4 09:00", "push": "main", "commits": ["a3"]},
    {"at": "d4 11:00", "deploy": 2, "of": "main", "says": "in_progress"},
    {"at": "d4 11:10", "deploy": 2, "of": "main", "says": "failed", "began": "d4 11:00"},
]


class OneStep:
    """An API that is told to stop after its first step."""

    def __init__(self, api: BitbucketApi, stopping: asyncio.Event) -> None:
        self.place = api.place
        self._api = api
        self._stopping = stopping

    async def read_history(self, *asked: Any) -> Step:
        self._stopping.set()
        return await self._api.read_history(*asked)
