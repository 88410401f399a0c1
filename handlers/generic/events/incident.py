"""`incident`: something broke, in whatever tool tells so."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from handlers.generic.payloads import (
    PROVIDER,
    Commit,
    Identity,
    Moment,
    Name,
    RepositoryPart,
    identity,
    repository_of,
)
from handlers.payloads import link
from handlers.registry import Origin
from handlers.times import parse_time, required_time
from storage.records import Incident, Record

EVENT = "incident"


class Payload(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["incident"]
    id: Identity
    # Acknowledged is open; deleted: it was none.
    state: Literal["opened", "acknowledged", "closed", "deleted"]
    # When it came to that.
    at: Moment
    # Left out: the earliest `at` told of it.
    opened_at: Moment | None = None
    title: str | None = None
    url: str | None = None
    # Whose fault it is, as far as the sender knows: the deployment's id or key, its commit, a service, a repository.
    deployment: Identity | None = None
    sha: Commit | None = None
    service: Name | None = None
    repository: RepositoryPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    at = required_time(payload.at, "at")
    opened_at = parse_time(payload.opened_at)
    repository = repository_of(payload.repository, payload.at) if payload.repository else None
    if repository is not None:
        yield repository
    yield Incident(
        # Not where it is kept: what is told of it later may leave this out.
        repository=None,
        named_repository=repository.key if repository else None,
        provider=PROVIDER,
        provider_key=identity("incident", payload.id, origin),
        title=payload.title or "",
        url=link(payload.url),
        labels=(),
        opened_at=at if opened_at is None or opened_at > at else opened_at,
        closed_at=at if payload.state == "closed" else None,
        seen_at=at,
        is_incident=payload.state != "deleted",
        service=payload.service,
        deployment_key=None if payload.deployment is None else str(payload.deployment),
        sha=payload.sha.lower() if payload.sha else None,
    )
