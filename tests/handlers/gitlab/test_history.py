"""A history read from GitLab's API gives the numbers that its webhooks would have given, killed or not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company.people import GITLAB_HOST, Repository
from handlers.asking.backfilling import Backfiller
from handlers.gitlab.api import GitLabApi
from handlers.incidents import BY_DEFAULT, IncidentLabels
from storage.asking.readings import CATCH_UP, ask_for_histories
from storage.asking.repositories import list_repositories
from tests.fakes.gitlab import World, fake_gitlab
from tests.fakes.gitlab.recording import WEB, Recording, stamp
from tests.fakes.gitlab.server import FakeGitLab
from tests.fakes.gitlab.telling import Unfolding, grow
from tests.fakes.gitlab.world import Project
from tests.handlers.asking.comparing import differences as differences_of
from tests.handlers.asking.comparing import facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import SINCE as RECENTLY
from tests.handlers.asking.setting import apis_of, backfill, enrich, one_step_of
from tests.handlers.gitlab.setting import api_at, as_both_tell, want_histories
from tests.handlers.gitlab.setting import tell as tell_webhooks
from tests.handlers.queue import query
from tests.stories.by_hand import say
from tests.stories.files import stories_of
from tests.stories.flood import open_house
from tests.stories.moments import moment
from tests.stories.numbers import differences, expected_report, said
from tests.stories.telling_gitlab import GitLab
from tests.stories.test_stories import WHOLE
from tests.stories.timeline import LONG_AGO, Timeline

STORIES = stories_of("shipping", "stages")
OF_SETTINGS = stories_of("sources", "services")
# Where the API knows more than the webhooks of the story told, or asks for less: not every branch's commits.
DIFFERENT = {
    "A deployment that arrives before anything is known of its commits",
    "The first success claims the unbroken chain only",
    "A SHA that was only ever seen as a merge ships its pull request",
    "Without pushes the order of merges stands in, marked as an estimate",
    "A push with more commits than the provider tells is counted",
    "A SHA that nothing names, of a branch that is never pushed here, has what was merged before it",
    # GitLab makes a deployment of a job that deploys.
    "Where deployments are the source, runs and releases and merges are none",
    # These are told by other tools, too.
    "A deployment that the provider and another tool tell counts twice, and the report says so",
    "Another tool may tell the deployments of a repository",
    "An incident of another tool that names nothing is put down to the last success of its repository",
    "An incident that names a service is put down to that service's last success",
}
SINCE = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture
async def gitlab() -> AsyncIterator[FakeGitLab]:
    async with fake_gitlab(World()) as gitlab:
        yield gitlab


def tell(world: World, stories: list[dict[str, Any]]) -> list[tuple[dict[str, Any], Timeline]]:
    """The stories that GitLab tells, each into a project of its own."""
    told = []
    for number, story in enumerate(stories, 1):
        if story.get("only", "gitlab") != "gitlab" or story["story"] in DIFFERENT:
            continue
        project = world.add_project(number, f"acme/api-{number}")
        made = moment(story["made"]) if "made" in story else LONG_AGO
        branch = story.get("default_branch", "main")
        of = Repository("gitlab", project.path, number, "", "", "", 0.0, 0, "Go", branch, made)
        recording = Recording(project)
        timeline = Timeline(cast(GitLab, recording), of)
        try:
            list(chain.from_iterable(timeline.tell(line) for line in story["timeline"]))
        except ValueError:
            continue
        recording.show(timeline)
        if not timeline.marks and "expect" in story:
            told.append((story, timeline))
    return told


def api_of(gitlab: FakeGitLab, organization_id: UUID, incident_labels: IncidentLabels = BY_DEFAULT) -> GitLabApi:
    return api_at(gitlab.url, host_of(gitlab), organization_id, gitlab.world.token, incident_labels)


def host_of(gitlab: FakeGitLab) -> str:
    return gitlab.url.removeprefix("http://")


async def test_a_history_read_from_the_api_is_the_one_that_webhooks_tell(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Merges of every kind, drafts, approvals, failed deployments, older versions, and commits that are pushed late."""
    world = World(web=WEB)
    start = RECENTLY + timedelta(days=4)
    told = grow(world, 3, start, start + timedelta(days=20))
    other, its_organization = await another()
    async with fake_gitlab(world) as gitlab:
        api, its_api = (api_at(gitlab.url, GITLAB_HOST, of, world.token) for of in (organization_id, its_organization))
        await want_histories(engine, organization_id, world, GITLAB_HOST, RECENTLY)
        await backfill(engine, api)
        await tell_webhooks(other, its_organization, told, GITLAB_HOST)
        await enrich(other, its_api)
    read, heard = await facts(engine), await facts(other)
    assert differences_of(as_both_tell(read), as_both_tell(heard)) == {}
    assert {"reviews", "incidents", "shipped_changes", "deployments", "pull_request_events"} <= set(read)


async def test_an_hour_is_caught_up_with_also_what_was_committed_weeks_before_it_was_pushed(
    engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Also when it was pushed with so many other branches that GitLab tells of none of them."""
    world = World(web=WEB)
    start = RECENTLY + timedelta(days=30)
    gone = start + timedelta(days=8)
    unfolding = Unfolding(world, 2, start, start + timedelta(days=12), long_before=0.8)
    undisturbed, its_organization = await another()
    async with fake_gitlab(world) as gitlab:
        api, its_api = (api_at(gitlab.url, GITLAB_HOST, of, world.token) for of in (organization_id, its_organization))
        unfolding.until(gone)
        for database, of, asked in ((engine, organization_id, api), (undisturbed, its_organization, its_api)):
            await want_histories(database, of, world, GITLAB_HOST, RECENTLY)
            await backfill(database, asked)
        told = unfolding.until(start + timedelta(days=12))
        await tell_webhooks(undisturbed, its_organization, told, GITLAB_HOST)
        assert sum(push_as_one_of_many(project, gone) for project in world.projects.values()) > 1
        async with engine.begin() as connection:
            repositories = await list_repositories(connection, [api.place])
            await ask_for_histories(connection, [repository.id for repository in repositories], CATCH_UP, gone)
        await backfill(engine, api)
        for database, asked in ((engine, api), (undisturbed, its_api)):
            await enrich(database, asked)
            await asked.close()
    healed, whole = await facts(engine), await facts(undisturbed)
    old = [one for one in whole["commits"] if one["time"] < start and one["on_default_branch"]]
    assert len(old) > 3
    assert differences_of(as_both_tell(healed), as_both_tell(whole)) == {}


async def test_what_no_webhook_tells_was_not_lost(engine: AsyncEngine, organization_id: UUID) -> None:
    """The sizes of merge requests: `check` counts what webhooks failed to tell."""
    world = World(web=WEB)
    start = RECENTLY + timedelta(days=40)
    unfolding = Unfolding(world, 2, start, start + timedelta(days=12))
    async with fake_gitlab(world) as gitlab:
        api = api_at(gitlab.url, GITLAB_HOST, organization_id, world.token)
        await want_histories(engine, organization_id, world, GITLAB_HOST, RECENTLY)
        await backfill(engine, api)
        await tell_webhooks(engine, organization_id, unfolding.until(start + timedelta(days=12)), GITLAB_HOST)
        unknown = "SELECT count(*) > 0 FROM pull_requests WHERE state = 'merged' AND lines_added IS NULL"
        assert await query(engine, unknown) == [(True,)]
        async with engine.begin() as connection:
            repositories = await list_repositories(connection, [api.place])
            await ask_for_histories(connection, [repository.id for repository in repositories], CATCH_UP, start)
        await backfill(engine, api)
        await api.close()
    assert await query(engine, unknown) == [(False,)]
    assert await query(engine, "SELECT sum(differences) FROM history_readings WHERE purpose = 'catch_up'") == [(0,)]


def push_as_one_of_many(project: Project, since: datetime) -> int:
    """Every second push to the default branch: GitLab tells that there was one, and not what. How many they are."""
    pushes = [
        one for one in project.pushes if one["created_at"] > str(stamp(since)) and one["push_data"]["ref"] == "main"
    ]
    for one in pushes[::2]:
        nothing = {"ref": None, "commit_from": None, "commit_to": None, "commit_count": 0}
        one["push_data"] = {"ref_type": "branch", "ref_count": 4, **nothing}
    return len(pushes[::2])


async def test_stories_read_from_the_api_end_as_told(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    told = tell(gitlab.world, [*STORIES, *OF_SETTINGS])
    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    async with engine.begin() as connection:
        for story, timeline in told:
            await say(connection, organization_id, timeline, story.get("settings", {}))
    await backfill(engine, api_of(gitlab, organization_id))
    await enrich(engine, api_of(gitlab, organization_id))
    states = await query(engine, "SELECT state, reason FROM history_readings WHERE state <> 'done'")
    assert states == []
    wrong = []
    async with open_house(engine, organization_id) as house:
        for story, timeline in told:
            report = said(await house.ask(f"repositories/gitlab/{timeline.of.path}/metrics", **WHOLE))
            expect = {**story["expect"], **story.get("gitlab", {}).get("expect", {})}
            if "source" in story.get("settings", {}):
                # Only what is of the source that was chosen counts.
                timeline.finished = {number for number, outcome in expect["outcomes"].items() if outcome != "none"}
            wrong += [f"{story['story']}: {one}" for one in differences(expected_report(expect, timeline), report)]
    assert not wrong, "\n".join(wrong)
    assert len(told) >= 12


async def test_what_cannot_be_read_costs_itself_alone_and_a_part_that_may_not_be_read_is_said(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    tell(gitlab.world, STORIES[:1])
    [project] = gitlab.world.projects.values()
    assert len(project.commits) > 1
    project.commits[0]["authored_date"] = "yesterday"
    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    await backfill(engine, api_of(gitlab, organization_id))
    [(state, why)] = await query(engine, "SELECT state, left_out_reason FROM history_readings")
    assert (state, why.partition(":")[0]) == ("done", "Its `authored_date` is no time with a zone, from 1970 to 2199")
    read = {sha for (sha,) in await query(engine, "SELECT commit_sha FROM commits WHERE on_default_branch")}
    assert read == {one["id"] for one in project.commits[1:]}


async def test_a_reading_taken_over_at_every_step_ends_like_one_undisturbed(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID, another: Another
) -> None:
    """Each step by a process that knows nothing of the ones before, and GitLab fails now and then."""
    tell(gitlab.world, STORIES[:3])
    gitlab.world.page = 2
    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    await backfill(engine, api_of(gitlab, organization_id))
    broken, its_organization = await another()
    await want_histories(broken, its_organization, gitlab.world, host_of(gitlab), SINCE)
    for number in range(1000):
        gitlab.world.failures = [(502, {})] if number % 4 == 1 else []
        stopping = asyncio.Event()
        api = api_of(gitlab, its_organization)
        backfiller = Backfiller(broken, apis_of(one_step_of(api, stopping)), delays=[timedelta()] * 9)
        if not await backfiller.work(stopping):
            break
        async with broken.begin() as connection:
            await connection.execute(text("UPDATE history_readings SET next_attempt_at = now()"))
    assert number > 20
    assert differences_of(await facts(engine), await facts(broken)) == {}


async def test_issues_with_a_chosen_label_or_of_the_type_are_read(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    at = "2026-03-02T09:00:00Z"
    kinds = [("issue", ["Outage"]), ("issue", ["incident"]), ("incident", [])]
    gitlab.world.add_project(1, "acme/api").issues = [
        {"iid": number, "issue_type": kind, "labels": labels, "created_at": at, "updated_at": at}
        for number, (kind, labels) in enumerate(kinds, 1)
    ]
    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    await backfill(engine, api_of(gitlab, organization_id, IncidentLabels(("outage",))))
    found = await query(engine, "SELECT provider_key FROM incidents ORDER BY provider_key")
    assert found == [("issue:1",), ("issue:3",)]


async def test_an_incident_that_became_an_issue_unheard_is_noticed_by_the_catch_up(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    """What another setting of labels made an incident stays one, and an issue that never was one is not stored."""
    first = {"created_at": "2026-03-02T09:00:00Z", "updated_at": "2026-03-02T09:00:00Z"}
    kinds = [("issue", ["outage"]), ("issue", ["incident"]), ("incident", []), ("incident", []), ("issue", [])]
    project = gitlab.world.add_project(1, "acme/api")
    project.issues = [{"iid": iid, "issue_type": kind, "labels": its, **first} for iid, (kind, its) in enumerate(kinds)]
    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    await backfill(engine, api_of(gitlab, organization_id, IncidentLabels(("outage", "incident"))))
    for issue in project.issues:
        issue.update(issue_type="issue", labels=[], updated_at="2026-03-02T10:00:00Z")
    project.issues[3]["issue_type"] = "incident"
    api = api_of(gitlab, organization_id)
    async with engine.begin() as connection:
        repositories = await list_repositories(connection, [api.place])
        await ask_for_histories(connection, [one.id for one in repositories], CATCH_UP, SINCE)
    await backfill(engine, api)
    found = await query(engine, "SELECT provider_key, is_incident FROM incidents ORDER BY provider_key")
    assert found == [("issue:0", True), ("issue:1", False), ("issue:2", False), ("issue:3", True)]
