"""`release`: a release was made. It is a deployment where settings say so, and counts nowhere else.

https://docs.gitlab.com/user/project/integrations/webhook_events/#release-events
"""

from collections.abc import Iterator

import msgspec

from handlers.environments import PRODUCTION
from handlers.gitlab.payloads import ProjectPart, key_of, repository_of
from handlers.payloads import Id, Ref, Sha, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

EVENT = "release"


class CommitPart(msgspec.Struct):
    id: Sha


class Payload(msgspec.Struct):
    action: str
    id: Id
    tag: Ref
    project: ProjectPart
    created_at: Time
    # May be set by hand, also to a time to come.
    released_at: Time = None
    url: str | None = None
    commit: CommitPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    if payload.action not in ("create", "update"):
        raise Ignored(f"The release event {payload.action!r} changes nothing that is counted.")
    key = key_of(payload.project, origin)
    created_at = required_time(payload.created_at, "created_at")
    released_at = parse_time(payload.released_at) or created_at
    yield repository_of(payload.project, key, created_at)
    yield DeploymentStatus(
        repository=key,
        provider_key=f"release:{payload.id}",
        environment_name=PRODUCTION,
        environment=PRODUCTION,
        status="success",
        status_at=released_at,
        started_at=None,
        sha=payload.commit.id if payload.commit else None,
        ref=f"refs/tags/{payload.tag}",
        url=link(payload.url),
        # The hook does not tell who made it.
        deployed_by=None,
        source="release",
    )
