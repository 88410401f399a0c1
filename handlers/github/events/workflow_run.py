"""`workflow_run`: a workflow ended. It is a deployment where settings name it, and counts nowhere else.

https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run
"""

from collections.abc import Iterator

import msgspec

from handlers.environments import PRODUCTION
from handlers.github.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.payloads import Id, Sha, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

EVENT = "workflow_run"
CONCLUSIONS = {
    "success": "success",
    "failure": "failed",
    "timed_out": "failed",
    "startup_failure": "failed",
    # It finishes nothing.
    "cancelled": "canceled",
}
# Of a fork's branch, which may be called like the default branch.
OF_PULL_REQUESTS = {"pull_request", "pull_request_target"}


class HeadRepositoryPart(msgspec.Struct):
    id: Id


class RunPart(msgspec.Struct):
    id: Id
    # The time of the end is not told by itself; when a run ended nothing updates it later but another attempt.
    updated_at: Time
    head_sha: Sha
    conclusion: str | None = None
    head_branch: str | None = None
    head_repository: HeadRepositoryPart | None = None
    event: str | None = None
    name: str | None = None
    # Of this attempt; an older one is another delivery.
    run_started_at: Time = None
    html_url: str | None = None
    triggering_actor: AccountPart | None = None
    actor: AccountPart | None = None


class WorkflowPart(msgspec.Struct):
    name: str | None = None
    path: str | None = None


class Payload(msgspec.Struct):
    action: str
    workflow_run: RunPart
    repository: RepositoryPart
    workflow: WorkflowPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    run, key = payload.workflow_run, key_of(payload.repository, origin)
    if payload.action != "completed":
        raise Ignored("A workflow run counts when it is completed.")
    if run.conclusion not in CONCLUSIONS:
        raise Ignored(f"A workflow run that ended as {run.conclusion!r} has done nothing.")
    elsewhere = run.head_repository is not None and run.head_repository.id != payload.repository.id
    if run.head_branch != payload.repository.default_branch or elsewhere or run.event in OF_PULL_REQUESTS:
        raise Ignored("Only workflow runs on the default branch can be deployments.")
    ended_at = required_time(run.updated_at, "workflow_run.updated_at")
    started_at = parse_time(run.run_started_at)
    workflow = payload.workflow or WorkflowPart()
    yield repository_of(payload.repository, ended_at, origin)
    yield DeploymentStatus(
        repository=key,
        # All attempts of a run are one deployment.
        provider_key=f"workflow_run:{run.id}",
        # A run has no environment: whoever names its workflow as a deployment means production.
        environment_name=PRODUCTION,
        environment=PRODUCTION,
        status=CONCLUSIONS[run.conclusion],
        status_at=ended_at,
        started_at=started_at if started_at is not None and started_at <= ended_at else None,
        sha=run.head_sha,
        ref=run.head_branch,
        url=link(run.html_url),
        deployed_by=person_of(run.triggering_actor or run.actor, key.host, ended_at),
        source="workflow",
        workflow=workflow.name or run.name or workflow.path,
    )
