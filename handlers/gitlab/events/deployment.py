"""`deployment`: how a deployment goes.

https://docs.gitlab.com/user/project/integrations/webhook_events/#deployment-events
"""

import re
from collections.abc import Iterator

import msgspec

from handlers.environments import class_of_tier
from handlers.gitlab.payloads import ProjectPart, UserPart, key_of, person_of, repository_of
from handlers.payloads import Id, Sha, link
from handlers.registry import Origin
from handlers.times import Time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

EVENT = "deployment"
STATUSES = {
    "created": "in_progress",
    "running": "in_progress",
    "success": "success",
    "failed": "failed",
    # They finish nothing.
    "canceled": "canceled",
    "skipped": "canceled",
    "blocked": "canceled",
}
# The payload itself has only the first eight characters.
WHOLE_SHA = re.compile(r"/commits?/([0-9a-f]{40}|[0-9a-f]{64})/?$")


class Payload(msgspec.Struct):
    deployment_id: Id
    status: str
    status_changed_at: Time
    project: ProjectPart
    environment: str | None = None
    # In newer versions only.
    environment_tier: str | None = None
    ref: str | None = None
    short_sha: Sha | None = None
    commit_url: str | None = None
    deployable_url: str | None = None
    user: UserPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.status not in STATUSES:
        raise Ignored(f"The deployment status {payload.status!r} changes nothing that is counted.")
    key = key_of(payload.project, origin)
    status_at = required_time(payload.status_changed_at, "status_changed_at")
    environment = payload.environment or ""
    whole = WHOLE_SHA.search(payload.commit_url or "")
    yield repository_of(payload.project, key, status_at)
    yield DeploymentStatus(
        repository=key,
        provider_key=f"deployment:{payload.deployment_id}",
        environment_name=environment,
        environment=class_of_tier(payload.environment_tier),
        status=STATUSES[payload.status],
        status_at=status_at,
        # The hook tells neither start nor duration.
        started_at=None,
        sha=whole[1] if whole else payload.short_sha,
        ref=payload.ref,
        url=link(payload.deployable_url),
        deployed_by=person_of(payload.user, key.host, status_at),
    )
