"""A history that is read is the history that webhooks would have told, however often reading is interrupted."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.backfilling import Backfiller
from handlers.incidents import IncidentLabels
from storage.asking.readings import BACKFILL
from storage.asking.repositories import Repository
from storage.linking.settings import SOURCES
from storage.records import RepositoryKey
from tests.fakes.github.server import api_at, api_of, serving
from tests.fakes.github.telling import PEOPLE, Teller, grow
from tests.fakes.github.world import Issue, Run, World
from tests.handlers.asking.comparing import differences, facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import (
    SINCE,
    apis_of,
    backfill,
    choose_sources,
    enrich,
    introduce,
    one_step_of,
    rows,
    steps_of,
    tell,
)

START = SINCE + timedelta(hours=1)
HOST = "github.test"
FILES = "GET /repos/{owner}/{name}/commits/{sha}"


async def test_a_backfill_gives_the_tables_that_the_same_history_told_by_webhooks_gives(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Squash, merge and rebase; drafts, reviews, bots, failed deployments, rollbacks and incidents."""
    world = World()
    told = grow(world, 3, START, 10)
    other, its_organization = await another()
    async with serving(world) as github:
        api, its_api = api_of(github, organization_id), api_of(github, its_organization)
        await introduce(engine, organization_id, world, since=SINCE)
        await backfill(engine, api)
        await tell(other, its_organization, told, HOST)
        await enrich(other, its_api)
        await api.close()
        await its_api.close()
    read = await facts(engine)
    assert differences(read, await facts(other)) == {}
    assert {"commits", "pushes", "reviews", "deployments", "incidents", "changes", "shipped_changes"} <= set(read)
    assert not [row for row in read["commits"] if row["on_default_branch"] and row["lines_added"] is None]


async def test_what_settings_need_is_read_as_webhooks_tell_it_also_when_it_is_chosen_after_the_backfill(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Workflow runs with their earlier attempts, releases with their tags' commits, merges, services told by files."""
    world = World()
    told = grow(world, 4, START, 10, ("workflow", "release", "merge", "paths"))
    heard, its_organization = await another()
    late, late_organization = await another()
    async with serving(world) as github:
        its_api = api_of(github, its_organization)
        await tell(heard, its_organization, told, HOST)
        await choose_sources(heard, its_organization, world)
        await enrich(heard, its_api)
        await its_api.close()
        assert not github.calls[FILES]

        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        await choose_sources(engine, organization_id, world)
        await backfill(engine, api)
        await enrich(engine, api)
        await api.close()
        needed = await rows(engine, "SELECT count(*) FROM commits WHERE paths IS NOT NULL")
        assert [(github.calls[FILES],)] == needed

        late_api = api_of(github, late_organization)
        await introduce(late, late_organization, world, since=SINCE)
        await backfill(late, late_api)
        assert await rows(late, "SELECT 1 FROM deployments WHERE source <> 'deployments'") == []
        before = github.asked()
        await choose_sources(late, late_organization, world)
        await backfill(late, late_api)
        await enrich(late, late_api)
        await late_api.close()
    truth = await facts(heard)
    assert differences(await facts(engine), truth) == {}
    assert differences(await facts(late), truth) == {}
    assert {row["source"] for row in truth["deployments"] if row["outcome"]} == {*SOURCES}
    assert {row["service"] for row in truth["shipped_changes"]} > {"api", "web"}
    # A page of runs and one of releases, the releases' tags, and what has a call of its own.
    reruns = sum(len(run.attempts) - 1 for one in world.repositories.values() for run in one.runs)
    assert reruns
    assert github.asked() - before == 3 + reruns + needed[0][0]


async def test_a_branch_of_its_own_that_production_is_deployed_from_is_read_with_its_forced_pushes(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """No pull request tells of its commits; a process that takes over reads the same."""
    world = World()
    teller = Teller(world, "app", 5, START, "squash")
    teller.repository.source = "branch"
    told = list(teller.tell(START, 14))
    heard, its_organization = await another()
    taken, other_organization = await another()
    async with serving(world) as github:
        its_api = api_of(github, its_organization)
        await tell(heard, its_organization, told, HOST)
        await enrich(heard, its_api)
        await its_api.close()
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        before = github.asked()
        await backfill(engine, api)
        undisturbed = github.asked() - before
        await enrich(engine, api)
        await api.close()
        await introduce(taken, other_organization, world, since=SINCE)
        while await rows(taken, "SELECT 1 FROM history_readings WHERE state = 'waiting'"):
            api = api_of(github, other_organization)
            stopping = asyncio.Event()
            backfiller = Backfiller(taken, apis_of(one_step_of(api, stopping)))
            await backfiller.work(stopping)
        api = api_of(github, other_organization)
        await enrich(taken, api)
        await api.close()
    truth = await facts(heard)
    assert differences(await facts(engine), truth) == {}
    assert differences(await facts(taken), truth) == {}
    assert {push.type for push in teller.repository.moves if push.ref.endswith("live")} >= {"push", "force_push"}
    assert len({row["deployment_key"] for row in truth["shipped_changes"]}) > 3
    # One more for each line of that branch.
    assert undisturbed <= 7 + sum(push.type == "force_push" for push in teller.repository.moves) + 1


async def test_a_step_that_could_not_be_written_tells_the_same_when_it_is_done_again(organization_id: UUID) -> None:
    world = World()
    teller = Teller(world, "app", 5, START, "squash")
    teller.repository.source = "branch"
    assert list(teller.tell(START, 14))
    key = RepositoryKey("github", HOST, str(teller.repository.id))
    repository = Repository(uuid4(), organization_id, key, teller.repository.path, "main")
    parts: list[str] = []
    async with serving(world) as github:
        api = api_of(github, organization_id)
        cursor: Mapping[str, Any] | None = None
        while not parts or cursor is not None:
            first = await api.read_history(repository, BACKFILL, SINCE, cursor)
            again = await api.read_history(repository, BACKFILL, SINCE, cursor)
            assert list(again.records) == list(first.records), first.part
            cursor = first.cursor
            parts.append(first.part)
        await api.close()
    assert "pushes" in parts


async def test_incidents_and_reverts_are_read_as_webhooks_tell_them(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Incidents that name a deployment, are opened again, or lose their label; pull requests that revert."""
    world = World()
    teller = Teller(world, "app", 8, START, "squash")
    teller.trouble = 0.6
    told = list(teller.tell(START, 16))
    heard, its_organization = await another()
    async with serving(world) as github:
        its_api = api_of(github, its_organization)
        await tell(heard, its_organization, told, HOST)
        await enrich(heard, its_api)
        await its_api.close()
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        await backfill(engine, api)
        await api.close()
    truth = await facts(heard)
    assert differences(await facts(engine), truth) == {}
    assert {row["action"] for one in told if one.event == "issues" for row in [one.body]} >= {"reopened", "unlabeled"}
    assert {row["kind"] for row in truth["deployment_evidence"]} >= {"incident", "revert"}
    assert [row for row in truth["incidents"] if row["deployment_key"]]


async def test_where_a_released_tag_is_set_is_asked_when_its_push_was_never_received(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    world = World()
    told = grow(world, 1, START, 10, ("release",))
    heard, its_organization = await another()
    async with serving(world) as github:
        for into, organization, lost in ((heard, its_organization, False), (engine, organization_id, True)):
            some = [one for one in told if not (lost and one.body.get("ref", "").startswith("refs/tags/"))]
            api = api_of(github, organization)
            await tell(into, organization, some, HOST)
            await choose_sources(into, organization, world)
            await enrich(into, api)
            await api.close()
    shipped = "SELECT kind, key, deployment_key, shipped_at, estimated FROM shipped_changes ORDER BY 1, 2, 3"
    assert await rows(engine, shipped) == await rows(heard, shipped) != []
    assert await rows(heard, "SELECT 1 FROM enrichment_requests WHERE kind = 'tag'") == []
    assert not await rows(engine, "SELECT 1 FROM link_notes WHERE kind = 'unknown_sha'")


async def test_more_workflow_runs_than_one_search_gives_are_read(engine: AsyncEngine, organization_id: UUID) -> None:
    """GitHub gives a thousand; several are made within a second."""
    world = World()
    grow(world, 1, START, 1, ("workflow",))
    [repository] = world.repositories.values()
    made = [START + timedelta(minutes=number // 3) for number in range(1203)]
    ends = [[("success", at, at)] for at in made]
    repository.runs = [
        Run(number, "Deploy", repository.head, at, PEOPLE[0], end)
        for number, (at, end) in enumerate(zip(made, ends, strict=True), 1)
    ]
    async with serving(world) as github:
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        await choose_sources(engine, organization_id, world)
        await backfill(engine, api)
        await api.close()
        asked = github.calls["GET /repos/{owner}/{name}/actions/runs"]
    assert await rows(engine, "SELECT count(*) FROM deployments WHERE outcome = 'succeeded'") == [(1203,)]
    assert asked == 10 + 3


async def test_an_enterprise_server_that_keeps_no_record_of_pushes_gives_the_same_numbers(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Its addresses begin with /api/v3. Each commit on the default branch's own line stands for a push,
    a rebase for one."""
    world = World()
    told = grow(world, 3, START, 10)
    other, its_organization = await another()
    async with serving(world) as github:
        github.keeps_pushes = False
        api = api_at(f"{github.url}/api/v3", HOST, organization_id)
        its_api = api_at(f"{github.url}/api/v3", HOST, its_organization)
        await introduce(engine, organization_id, world, since=SINCE)
        await backfill(engine, api)
        await tell(other, its_organization, told, HOST)
        await enrich(other, its_api)
        await api.close()
        await its_api.close()
    assert github.calls["GET /repos/{owner}/{name}/activity"] == 3
    read, heard = await facts(engine), await facts(other)
    assert set(differences(read, heard)) == {"pushes"}
    assert {row["ref"] for row in read["pushes"]} == {"refs/heads/main"}


async def test_a_backfill_that_is_interrupted_after_any_step_goes_on_where_it_was(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    world = World()
    grow(world, 1, START, 8)
    other, its_organization = await another()
    random = Random(7)
    async with serving(world) as github:
        await introduce(engine, organization_id, world, since=SINCE)
        api = api_of(github, organization_id)
        await backfill(engine, api)
        await api.close()
        undisturbed = github.asked()

        await introduce(other, its_organization, world, since=SINCE)
        while await rows(other, "SELECT 1 FROM history_readings WHERE state = 'waiting'"):
            # Another process: nothing that the one before remembered is there.
            api = api_of(github, its_organization)
            backfiller = Backfiller(other, apis_of(api), lease=timedelta(seconds=0.1), at_once=1)
            work = asyncio.create_task(backfiller.work(asyncio.Event()))
            before = await steps_of(other)
            while not work.done() and await steps_of(other) == before:
                await asyncio.wait([work], timeout=0.01)
            await asyncio.sleep(random.uniform(0, 0.05))
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await api.close()
    assert differences(await facts(engine), await facts(other)) == {}
    assert undisturbed == 7


async def test_tracking_begins_where_the_backfill_does_and_not_before_it_is_complete(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, START, 5)
    async with serving(world) as github:
        api = api_of(github, organization_id)
        since = START + timedelta(days=2)
        await introduce(engine, organization_id, world, since=since)
        backfiller = Backfiller(engine, apis_of(api))
        stopping = asyncio.Event()
        stopping.set()
        await backfiller.work(stopping)
        assert await rows(engine, "SELECT first_event_at FROM repositories") == [(None,)]
        await backfill(engine, api)
        assert await rows(engine, "SELECT first_event_at FROM repositories") == [(since,)]
        await api.close()


async def test_a_repository_younger_than_the_backfill_is_tracked_from_its_creation(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, START + timedelta(days=40), 3)
    async with serving(world) as github:
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world)
        await backfill(engine, api)
        await api.close()
    assert await rows(engine, "SELECT first_event_at FROM repositories") == [(START + timedelta(days=40),)]


async def test_what_cannot_be_read_is_given_up_with_the_reason_and_can_be_asked_for_again(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, START, 2)
    world.installation.suspended = True
    async with serving(world) as github:
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        await backfill(engine, api)
        await api.close()
    state = await rows(engine, "SELECT state, reason FROM history_readings")
    assert state == [("failed", "The installation is suspended on GitHub: unsuspend it there to go on.")]


async def test_an_outage_of_github_costs_attempts_and_a_rate_limit_none(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, START, 2)
    async with serving(world) as github:
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        github.troubles.extend(["500"] * 3)
        await backfill(engine, api)
        failed = await rows(engine, "SELECT state, attempts, reason FROM history_readings")
        assert failed == [("waiting", 1, "GitHub answers 500.")]
        async with engine.begin() as connection:
            await connection.exec_driver_sql("UPDATE history_readings SET next_attempt_at = now()")
        github.retry_after = 60
        github.troubles.append("primary")
        await backfill(engine, api)
        limited = await rows(engine, "SELECT state, attempts, reason FROM history_readings")
        assert limited == [("waiting", 1, "GitHub's rate limit is reached.")]
        await api.close()


async def test_a_history_that_could_not_be_read_goes_on_when_the_repository_is_seen_again(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    world = World()
    grow(world, 1, START, 2)
    world.installation.suspended = True
    async with serving(world) as github:
        api = api_of(github, organization_id)
        await introduce(engine, organization_id, world, since=SINCE)
        await backfill(engine, api)
        await api.close()
        world.installation.suspended = False
        await introduce(engine, organization_id, world)
        api = api_of(github, organization_id)
        await backfill(engine, api)
        await api.close()
    assert await rows(engine, "SELECT state, reason FROM history_readings") == [("done", None)]


async def test_issues_with_any_of_the_chosen_labels_are_read(engine: AsyncEngine, organization_id: UUID) -> None:
    """GitHub lists those of one label at a time, a hundred to a page."""
    world = World()
    grow(world, 1, START, 1)
    [repository] = world.repositories.values()
    labels = [("sev 1",)] * 101 + [("sev 1", "outage"), ("outage",), ("incident",), ("a+b",)]
    repository.issues = [Issue(900 + number, "", of, START, START) for number, of in enumerate(labels)]
    async with serving(world) as github:
        chosen = IncidentLabels(("sev 1", "outage", "a+b"))
        api = api_of(github, organization_id, incident_labels=chosen)
        await introduce(engine, organization_id, world, since=SINCE)
        await backfill(engine, api)
        await api.close()
    found = await rows(engine, "SELECT labels, count(*) FROM incidents GROUP BY labels ORDER BY count(*), labels")
    assert found == [(["a+b"], 1), (["outage"], 1), (["outage", "sev 1"], 1), (["sev 1"], 101)]
