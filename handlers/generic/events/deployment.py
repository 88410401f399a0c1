"""`deployment`: how a deployment of some other pipeline goes."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from handlers.generic.payloads import Commit, Identity, Moment, Name, RepositoryPart, identity, repository_of
from handlers.payloads import link
from handlers.registry import Origin
from handlers.times import parse_time, required_time
from storage.records import DeploymentStatus, Record

EVENT = "deployment"
STATUSES = {"running": "in_progress", "succeeded": "success", "failed": "failed", "canceled": "canceled"}


class Payload(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["deployment"]
    id: Identity
    status: Literal["running", "succeeded", "failed", "canceled"]
    # When it came to that.
    at: Moment
    environment: Name
    # Left out: a repository named after the connection (and the service).
    repository: RepositoryPart | None = None
    service: Name | None = None
    sha: Commit | None = None
    ref: Name | None = None
    url: str | None = None
    started_at: Moment | None = None
    # Left out: settings and the environment's name decide.
    tier: Literal["production", "staging", "development"] | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    at = required_time(payload.at, "at")
    started_at = parse_time(payload.started_at)
    part = payload.repository or RepositoryPart(f"{origin.host}/{_folder(payload.service)}")
    repository = repository_of(part, payload.at)
    yield repository
    yield DeploymentStatus(
        repository=repository.key,
        provider_key=identity("deployment", payload.id, origin),
        environment_name=payload.environment,
        environment=payload.tier,
        status=STATUSES[payload.status],
        status_at=at,
        started_at=started_at if started_at is not None and started_at <= at else None,
        sha=payload.sha.lower() if payload.sha else None,
        ref=payload.ref,
        url=link(payload.url),
        deployed_by=None,
        named_service=payload.service,
    )


def _folder(service: str | None) -> str:
    """The last part of a path."""
    return "-".join(service.replace("/", " ").replace(":", " ").split()) if service else "deployments"
