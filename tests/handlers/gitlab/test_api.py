"""What GitLab's API is asked besides histories: single questions, groups and projects, deliveries that failed."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.demo.company.people import GITLAB_HOST
from bot.demo.company.people import Repository as Project
from bot.operator.asking import WORK, find_asking
from handlers.asking.api import Answer, Place, Question, Refused, Repository
from handlers.asking.keeping import Keeper
from handlers.gitlab.api import GitLabApi, reach
from handlers.gitlab.settings import GitLabSettings
from handlers.incidents import BY_DEFAULT
from storage.records import Commit, CommitFiles, PullRequest, Push, RepositoryKey, Review
from storage.teams import add_member_to_team, add_team
from tests.fakes.gitlab import World, fake_gitlab
from tests.fakes.gitlab.recording import WEB, Recording
from tests.fakes.gitlab.server import FakeGitLab
from tests.fakes.gitlab.telling import grow
from tests.fakes.gitlab.world import Hook
from tests.handlers.asking.setting import SINCE, apis_of, backfill
from tests.handlers.gitlab.setting import api_at, tell, want_histories
from tests.handlers.payloads import only
from tests.handlers.queue import query
from tests.stories.git import sha_of
from tests.stories.moments import moment
from tests.stories.telling_gitlab import GitLab
from tests.stories.timeline import LONG_AGO, Timeline

ADDRESS = "https://devmetrics.acme.example/webhooks/gitlab/0b3c"
MAIN = "refs/heads/main"
STORY: list[dict[str, Any]] = [
    {"at": "d1 09:00", "push": "main", "commits": ["a1", "a2"]},
    {"at": "d1 10:00", "push": "feature", "onto": "main", "commits": ["f1", "f2"]},
    {"at": "d1 11:00", "open": 12, "head": "feature"},
    {"at": "d1 12:00", "review": 12, "by": "bob"},
    {"at": "d2 10:00", "merge": 12},
]


@pytest.fixture
async def gitlab() -> AsyncIterator[FakeGitLab]:
    """With a story in acme/api, two groups, and a webhook of the upper one."""
    world = World()
    project = world.add_project(31, "acme/api")
    recording = Recording(project)
    of = Project("gitlab", project.path, 31, "", "", "", 0.0, 0, "Go", "main", LONG_AGO)
    timeline = Timeline(cast(GitLab, recording), of)
    list(chain.from_iterable(timeline.tell(line) for line in STORY))
    recording.show(timeline)
    world.add_project(32, "acme/mobile/app")
    acme, mobile = world.add_group(7, "acme", "Acme"), world.add_group(8, "acme/mobile", "Mobile")
    acme.members = [
        {"id": 21, "username": "ann", "name": "Ann", "access_level": 50, "state": "active"},
        {"id": 22, "username": "gone", "name": "Gone", "access_level": 30, "state": "blocked"},
    ]
    mobile.members = [{"id": 23, "username": "bob", "name": "Bob", "access_level": 30, "state": "active"}]
    acme.hooks.append(Hook(901, {"url": ADDRESS, "push_events": True, "deployment_events": False}))
    async with fake_gitlab(world) as gitlab:
        yield gitlab


def api_of(gitlab: FakeGitLab, organization_id: UUID, **more: object) -> GitLabApi:
    place = Place(organization_id, "gitlab", gitlab.url.removeprefix("http://"))
    secrets = {"url": gitlab.url, "token": gitlab.world.token, **more}
    api = reach(place, None, secrets, BY_DEFAULT)
    assert isinstance(api, GitLabApi)
    return api


def repository(gitlab: FakeGitLab, number: int = 31) -> Repository:
    key = RepositoryKey("gitlab", gitlab.url.removeprefix("http://"), str(number))
    return Repository(uuid4(), uuid4(), key, "acme/api", "main")


async def ask(gitlab: FakeGitLab, kind: str, subject: str, ref: str | None = None) -> Answer:
    [answer] = await api_of(gitlab, uuid4()).answer(repository(gitlab), [Question(kind, subject, ref)])
    assert answer.refused is None
    return answer


async def test_commits_have_line_counts_and_the_newest_cost_one_call(gitlab: FakeGitLab) -> None:
    questions = [Question("commit", sha_of(name)) for name in ("a1", "a2", "f1", "f2", "m12")]
    answers = await api_of(gitlab, uuid4()).answer(repository(gitlab), questions)
    commits = [only(answer.records, Commit) for answer in answers]
    assert {commit.sha for commit in commits} == {question.subject for question in questions}
    assert {(commit.lines_added, commit.lines_deleted, commit.time_source) for commit in commits} == {(10, 2, "api")}
    assert gitlab.world.calls.total() == 2, "the project, and its commits"


async def test_a_merge_request_is_told_with_its_true_merge_its_commits_and_its_size(gitlab: FakeGitLab) -> None:
    records = (await ask(gitlab, "pull_request", "12")).records
    snapshot = only(records, PullRequest)
    assert (snapshot.merged_at, snapshot.lines_added, snapshot.files_changed) == (moment("d2 10:00"), 10, 1)
    review = only(records, Review)
    assert (review.kind, review.submitted_at) == ("approval", moment("d1 12:00"))


async def test_what_a_push_left_out_and_what_lies_between_two_commits_is_compared(gitlab: FakeGitLab) -> None:
    between = f"{sha_of('a1')}...{sha_of('m12')}"
    push = only((await ask(gitlab, "push", between, MAIN)).records, Push)
    assert push.commit_shas == tuple(map(sha_of, ("a2", "f1", "f2", "m12")))
    document = (await ask(gitlab, "compare", between)).document
    listed = [{"sha": sha} for sha in push.commit_shas]
    assert document == {"status": "ahead", "commits": listed, "total_commits": 4}
    document = (await ask(gitlab, "compare", f"{sha_of('m12')}...{sha_of('a1')}")).document
    assert document == {"status": "diverged", "commits": [], "total_commits": 0}


async def test_the_files_of_a_commit_are_those_that_its_push_would_have_told(gitlab: FakeGitLab) -> None:
    project = gitlab.world.projects[31]
    project.diffs[sha_of("a1")] = [(f"web/{number:03}.ts", f"web/{number:03}.ts") for number in range(99)]
    project.diffs[sha_of("a2")] = [("api/old.py", "api/new.py"), ("docs/a.md", "docs/a.md")]
    project.diffs[sha_of("f1")] = []
    told = only((await ask(gitlab, "files", sha_of("a2"))).records, CommitFiles)
    assert told.paths == ("api/new.py", "api/old.py", "docs/a.md")
    gitlab.world.page = 20
    assert len(only((await ask(gitlab, "files", sha_of("a1"))).records, CommitFiles).paths) == 99
    assert (await ask(gitlab, "files", sha_of("f1"))).records == []


async def test_a_tag_tells_its_commit(gitlab: FakeGitLab) -> None:
    gitlab.world.projects[31].tags["api/v1"] = sha_of("a1")
    assert (await ask(gitlab, "tag", "refs/tags/api/v1")).document == {"sha": sha_of("a1")}


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("files", "0" * 40),
        ("tag", "refs/tags/v0"),
        ("commit", "0" * 40),
        ("pull_request", "99"),
        ("compare", f"{'0' * 40}...{'1' * 40}"),
        ("commit", "../x"),
    ],
)
async def test_what_gitlab_has_not_is_given_up(gitlab: FakeGitLab, kind: str, subject: str) -> None:
    [answer] = await api_of(gitlab, uuid4()).answer(repository(gitlab), [Question(kind, subject)])
    assert answer.refused


async def test_a_project_that_the_token_may_not_see_says_so(gitlab: FakeGitLab) -> None:
    with pytest.raises(Refused, match="role there"):
        await api_of(gitlab, uuid4()).answer(repository(gitlab, 4711), [Question("commit", "0" * 40)])


async def test_groups_become_teams_with_their_members_and_projects_and_people_win(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        await add_team(connection, organization_id, "mobile", "The Mobile Team", "cli:test")
        await add_member_to_team(connection, organization_id, "mobile", "kim@acme.example", "cli:test")
    keeper = Keeper(engine, apis_of(api_of(gitlab, organization_id, groups=["acme"])))
    await keeper.run_due(hurry=True)
    members = "SELECT slug, username FROM teams t JOIN team_members m ON m.team_id = t.id \
        JOIN developer_identities i ON i.developer_id = m.developer_id ORDER BY 1, 2"
    owned = "SELECT slug, path FROM teams t JOIN team_repositories o ON o.team_id = t.id \
        JOIN repositories r ON r.id = o.repository_id ORDER BY 1, 2"
    assert await query(engine, members) == [("acme", "ann"), ("mobile", "bob"), ("mobile", None)]
    assert await query(engine, owned) == [("acme", "acme/api"), ("mobile", "acme/mobile/app")]
    assert await query(engine, "SELECT name FROM teams WHERE slug = 'mobile'") == [("The Mobile Team",)]

    # Bob leaves, and the group is given a project of another one.
    gitlab.world.groups[8].members = []
    gitlab.world.projects[31].shared_with = {8: 40}
    await keeper.run_due(hurry=True)
    assert await query(engine, members) == [("acme", "ann"), ("mobile", None)]
    assert ("mobile", "acme/api") in await query(engine, owned)


async def test_every_hour_webhooks_are_enabled_again_and_what_failed_is_asked_for(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    [hook] = gitlab.world.groups[7].hooks
    hook.alert_status = "disabled"
    at = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

    def event(number: int, key: str, status: str) -> dict[str, object]:
        return {
            "id": number,
            "created_at": at,
            "response_status": status,
            "request_headers": {"Idempotency-Key": key},
        }

    hook.events = [event(3, "b", "internal error"), event(2, "a", "202"), event(1, "a", "503")]
    # One that was deleted since it was set up keeps nobody from looking after the other.
    api = api_of(gitlab, organization_id, address=ADDRESS, groups=["gone", "acme"], webhook_token="t")
    await Keeper(engine, apis_of(api)).run_due(hurry=True)
    assert (hook.alert_status, gitlab.world.tested) == ("executable", [901])
    assert hook.told["deployment_events"] is True
    assert gitlab.world.resent == ["3"]


async def test_among_many_webhooks_of_other_tools_ours_is_found_and_not_made_again(gitlab: FakeGitLab) -> None:
    hooks = gitlab.world.groups[7].hooks
    hooks[:0] = [Hook(number, {"url": f"https://other.example/{number}"}) for number in range(25)]
    api = api_of(gitlab, uuid4(), address=ADDRESS, groups=["acme"], webhook_token="t")
    await api.list_failed_deliveries(SINCE)
    assert len(hooks) == 26
    assert hooks[-1].told["deployment_events"] is True


async def test_deliveries_are_read_back_to_the_last_look_and_no_further(gitlab: FakeGitLab) -> None:
    """Each has its whole body in it: those of a week do not fit into memory."""
    [hook] = gitlab.world.groups[7].hooks
    since = datetime.now(UTC) - timedelta(minutes=30)
    hook.events = [
        {
            "id": number,
            "created_at": (since + timedelta(minutes=number - 60)).isoformat(),
            "response_status": "503",
            "request_headers": {"Idempotency-Key": f"key {number}"},
        }
        for number in range(85, 0, -1)
    ]
    api = api_of(gitlab, uuid4(), address=ADDRESS, groups=["acme"], webhook_token="t")
    failed = await api.list_failed_deliveries(since)
    assert list(failed) == [f"key {number}" for number in range(60, 86)]
    assert gitlab.world.calls["GET /api/v4/groups/{group}/hooks/{hook}/events"] == 2


async def test_without_a_token_there_is_nothing_to_ask() -> None:
    place = Place(uuid4(), "gitlab", "gitlab.com")
    assert reach(place, GitLabSettings(), None, BY_DEFAULT) is None
    assert reach(place, GitLabSettings(), {"webhook_token": "made by hand"}, BY_DEFAULT) is None


def test_the_environment_reaches_too() -> None:
    api = reach(Place(uuid4(), "gitlab", "gitlab.com"), GitLabSettings(token=SecretStr("t")), None, BY_DEFAULT)
    assert isinstance(api, GitLabApi)


async def test_an_archived_project_is_not_lost_stays_its_groups_and_is_read_no_more(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    gitlab.world.projects[31].archived = True
    await Keeper(engine, apis_of(api_of(gitlab, organization_id, groups=["acme"]))).run_due(hurry=True)
    state = "SELECT path, removed_at, archived_at IS NOT NULL FROM repositories ORDER BY path"
    assert await query(engine, state) == [("acme/api", None, True), ("acme/mobile/app", None, False)]
    asked = "SELECT purpose FROM history_readings JOIN repositories ON id = repository_id WHERE path = 'acme/api'"
    assert await query(engine, asked) == [("backfill",)]
    owned = "SELECT slug FROM teams JOIN team_repositories ON team_id = teams.id JOIN repositories ON repositories.id = repository_id WHERE path = 'acme/api'"  # noqa: E501
    assert await query(engine, owned) == [("acme",)]


async def test_an_approval_told_by_a_webhook_and_by_a_note_is_one(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    """The webhook tells when the merge request changed, a second later than the note says."""
    world = World(web=WEB)
    [delivery] = [one for one in grow(world, 1, SINCE, SINCE + timedelta(days=60)) if b'"approved"' in one.body][:1]
    told = json.loads(delivery.body)
    later = delivery.at + timedelta(seconds=1)
    told["object_attributes"]["updated_at"] = later.isoformat()
    late = replace(delivery, body=json.dumps(told).encode())
    await tell(engine, organization_id, [late], GITLAB_HOST)
    number = told["object_attributes"]["iid"]
    mine = f"SELECT submitted_at FROM reviews WHERE kind = 'approval' AND pr_number = {number}"
    assert await query(engine, mine) == [(later,)]
    async with fake_gitlab(world) as server:
        api = api_at(server.url, GITLAB_HOST, organization_id, world.token)
        await want_histories(engine, organization_id, world, GITLAB_HOST, SINCE - timedelta(days=1))
        await backfill(engine, api)
    theirs = f"{mine} AND reviewer_identity = 'account:gitlab:{GITLAB_HOST}:{told['user']['id']}'"
    assert await query(engine, theirs.replace(":", r"\:")) == [(delivery.at,)]


async def test_every_hour_what_no_webhook_told_is_read(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    await Keeper(engine, apis_of(api_of(gitlab, organization_id, groups=["acme"]))).run_due(hurry=True)
    readings = await query(engine, "SELECT purpose, count(*) FROM history_readings GROUP BY 1 ORDER BY 1")
    assert readings == [("backfill", 2), ("catch_up", 2), ("repair", 2)]
    assert {job for (job,) in await query(engine, "SELECT job FROM provider_runs")} == set(WORK)
    async with engine.connect() as connection:
        assert {finding.state for finding in await find_asking(connection, organization_id)} == {"ok"}
