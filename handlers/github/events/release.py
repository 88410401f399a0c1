"""`release`: a release was published. It is a deployment where settings say so, and counts nowhere else.

https://docs.github.com/webhooks/webhook-events-and-payloads#release
"""

import re
from collections.abc import Iterator

import msgspec

from handlers.environments import PRODUCTION
from handlers.github.payloads import AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.payloads import Id, Ref, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

EVENT = "release"
# A prerelease that becomes a release is only told as `released`; a release from the start as both.
ACTIONS = {"published", "released"}
SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class ReleasePart(msgspec.Struct):
    id: Id
    tag_name: Ref
    published_at: Time
    updated_at: Time = None
    # A branch or a SHA, of which the tag was made unless it was there already.
    target_commitish: str | None = None
    draft: bool = False
    prerelease: bool = False
    html_url: str | None = None
    author: AccountPart | None = None


class Payload(msgspec.Struct):
    action: str
    release: ReleasePart
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    release, key = payload.release, key_of(payload.repository, origin)
    if payload.action not in ACTIONS or release.draft or release.prerelease:
        raise Ignored("A release counts when it is published, and is neither a draft nor a prerelease.")
    at = required_time(release.published_at, "release.published_at")
    if payload.action == "released":
        at = max(at, parse_time(release.updated_at) or at)
    target = release.target_commitish or ""
    yield repository_of(payload.repository, at, origin)
    yield DeploymentStatus(
        repository=key,
        provider_key=f"release:{release.id}",
        environment_name=PRODUCTION,
        environment=PRODUCTION,
        status="success",
        status_at=at,
        started_at=None,
        # Else the push of the tag tells it.
        sha=target if SHA.fullmatch(target) else None,
        ref=f"refs/tags/{release.tag_name}",
        url=link(release.html_url),
        deployed_by=person_of(release.author, key.host, at),
        source="release",
    )
