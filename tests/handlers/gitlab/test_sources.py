"""Jobs and releases, where settings count them: read from GitLab's API they are what its webhooks would have told."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.asking.writing import write_and_link
from handlers.reading import read_delivery
from storage.records import Record
from storage.repository_settings import SettingsChange, change_settings
from tests.fakes.gitlab import World, fake_gitlab
from tests.fakes.gitlab.server import FakeGitLab
from tests.fakes.gitlab.world import Json, Project
from tests.handlers.asking.comparing import differences, facts
from tests.handlers.asking.conftest import Another
from tests.handlers.asking.setting import backfill
from tests.handlers.gitlab.setting import want_histories
from tests.handlers.gitlab.test_history import SINCE, api_of, host_of
from tests.handlers.queue import query

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
SAM = {"id": 23, "name": "Sam Aldous", "username": "sam"}


def stamp(minutes: int) -> str:
    return (BEGIN + timedelta(minutes=minutes)).isoformat()


@pytest.fixture
async def gitlab() -> AsyncIterator[FakeGitLab]:
    async with fake_gitlab(World(page=2)) as gitlab:
        gitlab.world.add_project(1, "acme/api")
        yield gitlab


class Teller:
    """Lets things happen in a project, and tells them in webhooks."""

    def __init__(self, project: Project, url: str) -> None:
        self.project = project
        self.shown = project.shown(url, 0)
        self.told: list[tuple[str, Json]] = []

    def job(self, number: int, begin: int, status: str, pipeline: int, *, started_by: tuple[int, int] | None) -> None:
        """It deploys to production; GitLab makes a deployment of it."""
        sha = f"{pipeline:040x}"
        ends = [("running", None), (status, stamp(begin + 5))]
        for says, ended_at in ends:
            body: dict[str, Any] = {
                "object_kind": "build",
                "project_id": self.project.id,
                "pipeline_id": pipeline,
                "build_id": number,
                "build_name": "ship",
                "build_status": says,
                "sha": sha,
                "ref": "main",
                "build_started_at": stamp(begin),
                "build_finished_at": ended_at,
                "environment": {"name": "production", "action": "start", "deployment_tier": "production"},
                "user": SAM,
                "project": self.shown,
            }
            if started_by:
                body["source_pipeline"] = {"pipeline_id": started_by[0], "project": {"id": started_by[1]}}
            self.told.append(("Job Hook", body))
            deployment = {
                "object_kind": "deployment",
                "deployment_id": 500 + number,
                "status": says,
                "status_changed_at": ended_at or stamp(begin),
                "project": self.shown,
                "environment": "production",
                "environment_tier": "production",
                "ref": "main",
                "short_sha": sha[:8],
                "commit_url": f"{self.shown['web_url']}/-/commit/{sha}",
                "deployable_url": f"{self.shown['web_url']}/-/jobs/{number}",
                "user": SAM,
            }
            self.told.append(("Deployment Hook", deployment))
        if started_by:
            self.project.upstream[pipeline] = started_by
        deployable = {
            "id": number,
            "name": "ship",
            "status": status,
            "ref": "main",
            "tag": False,
            "started_at": stamp(begin),
            "finished_at": stamp(begin + 5),
            "web_url": f"{self.shown['web_url']}/-/jobs/{number}",
            "user": SAM,
            "pipeline": {"id": pipeline, "source": "parent_pipeline" if started_by else "push"},
        }
        listed = {
            "id": 500 + number,
            "status": status,
            "created_at": stamp(begin),
            "updated_at": stamp(begin + 5),
            "sha": sha,
            "ref": "main",
            "user": SAM,
            "environment": {"id": 1, "name": "production"},
            "deployable": deployable,
        }
        self.project.deployments.insert(0, listed)
        self.project.environments = [{"name": "production", "tier": "production"}]

    def release(self, number: int, at: int) -> None:
        sha, url = f"{900 + number:040x}", f"{self.shown['web_url']}/-/releases/v{number}"
        body = {
            "object_kind": "release",
            "action": "create",
            "id": number,
            "tag": f"v{number}",
            "created_at": stamp(at),
            "released_at": stamp(at),
            "url": url,
            "commit": {"id": sha},
            "project": self.shown,
        }
        self.told.append(("Release Hook", body))
        shown = {
            "id": f"gid://gitlab/Release/{number}",
            "tagName": f"v{number}",
            "createdAt": stamp(at),
            "releasedAt": stamp(at),
            "commit": {"sha": sha},
            "links": {"selfUrl": url},
        }
        self.project.releases.insert(0, shown)


async def tell(engine: AsyncEngine, organization_id: UUID, told: list[tuple[str, Json]], host: str) -> None:
    records: list[Record] = []
    for event, body in told:
        records += read_delivery("gitlab", event, msgspec.json.encode(body), BEGIN, host=host)
    async with engine.begin() as connection:
        await write_and_link(connection, organization_id, records, link_now=True)


async def choose(engine: AsyncEngine, organization_id: UUID, change: SettingsChange) -> None:
    async with engine.begin() as connection:
        await change_settings(connection, organization_id, "gitlab", "acme/api", change, "somebody")


@pytest.mark.parametrize(
    "change",
    [SettingsChange(source="workflow", workflows=["ship"]), SettingsChange(source="release")],
    ids=["jobs", "releases"],
)
async def test_what_settings_count_is_read_as_webhooks_tell_it_before_and_after_the_backfill(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID, another: Another, change: SettingsChange
) -> None:
    """Jobs that run again and those of child pipelines; a release; each is a deployment once."""
    teller = Teller(gitlab.world.projects[1], gitlab.url)
    if change.source == "workflow":
        teller.job(1, 0, "failed", 71, started_by=None)
        teller.job(2, 10, "success", 71, started_by=None)
        teller.job(3, 60, "success", 72, started_by=(70, 1))
        teller.job(4, 90, "success", 73, started_by=(60, 9))
    else:
        for number in range(1, 6):
            teller.release(number, 60 * number)
    other, its_organization = await another()
    await want_histories(other, its_organization, gitlab.world, host_of(gitlab), SINCE)
    await tell(other, its_organization, teller.told, host_of(gitlab))
    await choose(other, its_organization, change)
    heard = await facts(other)

    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    await choose(engine, organization_id, change)
    await backfill(engine, api_of(gitlab, organization_id))
    assert differences(await facts(engine), heard) == {}

    late, late_organization = await another()
    await want_histories(late, late_organization, gitlab.world, host_of(gitlab), SINCE)
    await backfill(late, api_of(gitlab, late_organization))
    assert await query(late, "SELECT 1 FROM deployments WHERE source <> 'deployments'") == []
    before = gitlab.world.calls.total()
    await choose(late, late_organization, change)
    await backfill(late, api_of(gitlab, late_organization))
    assert differences(await facts(late), heard) == {}
    counted = [row["provider_key"] for row in heard["deployments"] if row["outcome"]]
    if change.source == "workflow":
        assert sorted(counted) == ["pipeline:70:ship", "pipeline:71:ship", "pipeline:73:ship"]
        # The project, two pages of deployments, their environments, and who started their pipelines.
        assert gitlab.world.calls.total() - before == 1 + 2 + 1 + 1
    else:
        assert len(counted) == 5
        assert gitlab.world.calls.total() - before == 1 + 3


async def test_however_many_child_pipelines_deployed_each_is_told_what_started_it(
    gitlab: FakeGitLab, engine: AsyncEngine, organization_id: UUID
) -> None:
    gitlab.world.page = 100
    teller = Teller(gitlab.world.projects[1], gitlab.url)
    for number in range(1, 61):
        teller.job(number, 10 * number, "success", 1000 + number, started_by=(10 + number, 1))
    await want_histories(engine, organization_id, gitlab.world, host_of(gitlab), SINCE)
    await choose(engine, organization_id, SettingsChange(source="workflow", workflows=["ship"]))
    await backfill(engine, api_of(gitlab, organization_id))
    found = await query(engine, "SELECT provider_key FROM deployments WHERE source = 'workflow'")
    assert {key for (key,) in found} == {f"pipeline:{10 + number}:ship" for number in range(1, 61)}
