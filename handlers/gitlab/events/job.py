"""Job events (the body calls them `build`): a job of a pipeline. One with an environment is a deployment where settings
name it, and counts nowhere else.

https://docs.gitlab.com/user/project/integrations/webhook_events/#job-events
"""

from collections.abc import Iterator

import msgspec

from handlers.environments import class_of_tier
from handlers.gitlab.payloads import ProjectPart, UserPart, person_of
from handlers.payloads import Id, Sha, host_of, link
from handlers.registry import Origin
from handlers.times import Time, parse_time
from handlers.verdicts import Ignored, Unreadable
from storage.records import DeploymentStatus, Record, Repository, RepositoryKey

EVENT = "build"
STATUSES = {
    "running": "in_progress",
    "success": "success",
    "failed": "failed",
    # It finishes nothing.
    "canceled": "canceled",
    "skipped": "canceled",
}


class EnvironmentPart(msgspec.Struct):
    name: str | None = None
    action: str | None = None
    deployment_tier: str | None = None


class RepositoryPart(msgspec.Struct):
    homepage: str | None = None


class UpstreamProjectPart(msgspec.Struct):
    id: Id | None = None


class UpstreamPart(msgspec.Struct):
    pipeline_id: Id | None = None
    project: UpstreamProjectPart | None = None


class Payload(msgspec.Struct):
    project_id: Id
    # `commit.id` is the pipeline's, too.
    pipeline_id: Id
    build_name: str
    build_status: str
    build_id: Id
    sha: Sha
    build_started_at: Time = None
    build_finished_at: Time = None
    ref: str | None = None
    tag: bool = False
    environment: EnvironmentPart | None = None
    user: UserPart | None = None
    repository: RepositoryPart | None = None
    # In newer versions only.
    project: ProjectPart | None = None
    # The pipeline that started this one.
    source_pipeline: UpstreamPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    environment = payload.environment
    if environment is None or not environment.name:
        raise Ignored("A job without an environment deploys nothing.")
    if environment.action not in (None, "start"):
        raise Ignored(f"A job whose action on its environment is {environment.action!r} deploys nothing.")
    if payload.build_status not in STATUSES:
        raise Ignored(f"The job status {payload.build_status!r} begins and ends no deployment.")
    started_at, ended_at = parse_time(payload.build_started_at), parse_time(payload.build_finished_at)
    at = ended_at or started_at
    if at is None:
        raise Unreadable("It tells no time: `build_started_at` and `build_finished_at` are missing.")
    project, homepage = payload.project, payload.repository.homepage if payload.repository else None
    address = (project.web_url if project else None) or homepage
    key = RepositoryKey("gitlab", host_of(address, origin.host), str(payload.project_id))
    yield Repository(
        key=key,
        path=project.path_with_namespace if project else "",
        url=link(address),
        default_branch=(project.default_branch or None) if project else None,
        seen_at=at,
    )
    yield DeploymentStatus(
        repository=key,
        # A job that runs again has a new id, and stays the same deployment.
        provider_key=f"pipeline:{_root_pipeline(payload)}:{payload.build_name}",
        environment_name=environment.name,
        environment=class_of_tier(environment.deployment_tier),
        status=STATUSES[payload.build_status],
        status_at=at,
        started_at=started_at,
        sha=payload.sha,
        ref=f"refs/tags/{payload.ref}" if payload.tag and payload.ref else payload.ref,
        url=link(f"{address}/-/jobs/{payload.build_id}" if address else None),
        deployed_by=person_of(payload.user, key.host, at),
        source="workflow",
        job=payload.build_name,
    )


def _root_pipeline(payload: Payload) -> int:
    """The one that started this one, when it is of the same project."""
    upstream = payload.source_pipeline
    if upstream is None or upstream.pipeline_id is None or upstream.project is None:
        return payload.pipeline_id
    return upstream.pipeline_id if upstream.project.id == payload.project_id else payload.pipeline_id
