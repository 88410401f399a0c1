"""Jobs that deploy, where they are what counts: told by the deployments that GitLab makes of them.

Its list of jobs does not name environments: https://docs.gitlab.com/api/jobs/
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec

from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.events import job
from handlers.gitlab.events.job import EnvironmentPart, Payload, UpstreamPart, UpstreamProjectPart
from handlers.gitlab.history.asking import Asking
from handlers.gitlab.payloads import UserPart
from handlers.payloads import Id, Sha
from handlers.times import Time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

ENDS = ("success", "failed", "canceled", "skipped")
# Those of pipelines that another one started.
STARTED_BY_ANOTHER = ("parent_pipeline", "pipeline")
QUERY = "query($path: ID!) {{ project(fullPath: $path) {{ id {pipelines} }} }}"
# Each is of five fields, and a query of 250 points. https://docs.gitlab.com/api/graphql/#maximum-query-complexity
MOST_PIPELINES = 25
UPSTREAM = 'p{id}: pipeline(id: "gid://gitlab/Ci::Pipeline/{id}") {{ upstream {{ id project {{ id }} }} }}'


class PipelinePart(msgspec.Struct):
    id: Id
    source: str | None = None


class JobPart(msgspec.Struct):
    """What deployed, as deployments show it; one that came through the API has none."""

    started_at: Time = None
    finished_at: Time = None
    web_url: str | None = None
    id: Id | None = None
    name: str | None = None
    status: str | None = None
    ref: str | None = None
    tag: bool | None = None
    pipeline: PipelinePart | None = None
    user: UserPart | None = None


class Deploying(msgspec.Struct):
    """A job, and what its deployment says of it."""

    job: JobPart
    environment: str
    tier: str | None
    sha: Sha


async def records_of(asking: Asking, deploying: Iterable[Deploying]) -> list[Record]:
    """As the webhooks of each job's beginning and end tell it."""
    told = list(deploying)
    children = {
        one.job.pipeline.id for one in told if one.job.pipeline and one.job.pipeline.source in STARTED_BY_ANOTHER
    }
    upstream = await _upstream(asking, children)
    return [record for one in told for record in _records(asking, one, upstream)]


def _records(asking: Asking, one: Deploying, upstream: Mapping[int, UpstreamPart]) -> Iterator[Record]:
    if one.job.started_at is not None:
        yield from _tell(asking, one, upstream, "running", None)
    if one.job.status in ENDS and one.job.finished_at is not None:
        yield from _tell(asking, one, upstream, one.job.status, one.job.finished_at)


def _tell(
    asking: Asking, one: Deploying, upstream: Mapping[int, UpstreamPart], status: str, ended_at: Time
) -> list[Record]:
    of = one.job
    if of.id is None or of.name is None or of.pipeline is None:
        return []
    payload = Payload(
        project_id=int(asking.repository.key.provider_id),
        pipeline_id=of.pipeline.id,
        build_name=of.name,
        build_status=status,
        build_id=of.id,
        sha=one.sha,
        build_started_at=of.started_at,
        build_finished_at=ended_at,
        ref=of.ref,
        tag=bool(of.tag),
        environment=EnvironmentPart(one.environment, "start", one.tier),
        user=of.user,
        project=asking.part,
        source_pipeline=upstream.get(of.pipeline.id),
    )
    try:
        told = list(job.handle(payload, asking.origin))
    except Ignored:
        return []
    return [record for record in told if isinstance(record, DeploymentStatus)]


async def _upstream(asking: Asking, pipelines: Collection[int]) -> dict[int, UpstreamPart]:
    """What started each of these. REST does not tell it: https://docs.gitlab.com/api/graphql/reference/#pipeline"""
    found: dict[int, UpstreamPart] = {}
    waiting = sorted(pipelines)
    while waiting:
        some, waiting = waiting[:MOST_PIPELINES], waiting[MOST_PIPELINES:]
        query = QUERY.format(pipelines=" ".join(UPSTREAM.format(id=one) for one in some))
        try:
            answer = await asking.client.graphql(query, {"path": asking.project["path_with_namespace"]})
        except (Missing, Forbidden):
            return {}
        project = answer.get("project") or {}
        for one in some:
            if upstream := (project.get(f"p{one}") or {}).get("upstream"):
                of = UpstreamProjectPart(_number(upstream["project"]["id"]))
                found[one] = UpstreamPart(_number(upstream["id"]), of)
    return found


def _number(global_id: str) -> int:
    """12 of gid://gitlab/Project/12."""
    return int(global_id.rpartition("/")[2])
