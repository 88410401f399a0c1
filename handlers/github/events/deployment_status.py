"""`deployment_status`: how a deployment goes. The `deployment` event has no outcome, so it is not used.

https://docs.github.com/webhooks/webhook-events-and-payloads#deployment_status
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import msgspec

from handlers.environments import class_of_flags
from handlers.github.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.payloads import Id, Sha, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

EVENT = "deployment_status"
STATUSES = {
    "success": "success",
    "failure": "failed",
    "error": "failed",
    "queued": "in_progress",
    "pending": "in_progress",
    "waiting": "in_progress",
    "in_progress": "in_progress",
}


class StatusPart(msgspec.Struct):
    state: str
    created_at: Time
    environment: str | None = None
    environment_url: str | None = None
    log_url: str | None = None
    target_url: str | None = None
    creator: AccountPart | None = None


class DeploymentPart(msgspec.Struct):
    id: Id
    sha: Sha | None = None
    ref: str | None = None
    task: str | None = None
    # Whatever the caller of the API gave: https://docs.github.com/rest/deployments/deployments#create-a-deployment
    payload: Any = None
    environment: str | None = None
    production_environment: bool | None = None
    transient_environment: bool | None = None
    created_at: Time = None
    creator: AccountPart | None = None


class NamedPart(msgspec.Struct):
    name: str | None = None


class Payload(msgspec.Struct):
    deployment_status: StatusPart
    deployment: DeploymentPart
    repository: RepositoryPart
    # When GitHub Actions deploys: the workflow and the job that does.
    workflow: NamedPart | None = None
    check_run: NamedPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    status, deployment = payload.deployment_status, payload.deployment
    if status.state not in STATUSES:
        # `inactive` is said of the deployment before when a new one succeeds.
        raise Ignored(f"The deployment status {status.state!r} changes nothing that is counted.")
    status_at = required_time(status.created_at, "deployment_status.created_at")
    created_at = parse_time(deployment.created_at)
    # A status may name another environment than the deployment was made for.
    environment = status.environment or deployment.environment or ""
    same = environment == deployment.environment
    told = class_of_flags(deployment.production_environment, deployment.transient_environment) if same else None
    key = key_of(payload.repository, origin)
    yield repository_of(payload.repository, status_at, origin)
    yield DeploymentStatus(
        repository=key,
        # Never the status's own id: one deployment has several.
        provider_key=f"deployment:{deployment.id}",
        environment_name=environment,
        environment=told,
        status=STATUSES[status.state],
        status_at=status_at,
        started_at=created_at if created_at is not None and created_at <= status_at else None,
        sha=deployment.sha,
        ref=deployment.ref,
        url=link(status.log_url or status.target_url or status.environment_url),
        deployed_by=person_of(deployment.creator or status.creator, key.host, status_at),
        named_service=_service_in(deployment.payload),
        task=deployment.task,
        workflow=payload.workflow.name if payload.workflow else None,
        job=payload.check_run.name if payload.check_run else None,
    )


def _service_in(payload: object) -> str | None:
    """`{"service": "api"}`, which may also be told as text."""
    if isinstance(payload, str) and payload.startswith("{"):
        with suppress(msgspec.MsgspecError):
            payload = msgspec.json.decode(payload)
    service = payload.get("service") if isinstance(payload, dict) else None
    return service if isinstance(service, str) and service else None
