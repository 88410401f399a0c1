"""`issues`: an issue with a label of one is an incident of its repository, from its opening to its closing.

https://docs.github.com/webhooks/webhook-events-and-payloads#issues
"""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import LabelPart, RepositoryPart, key_of, names_of, repository_of
from handlers.incidents import named_in
from handlers.payloads import Number, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import Incident, Record, RepositoryKey

EVENT = "issues"
# The issue is here no more.
GONE = ("deleted", "transferred")


class IssuePart(msgspec.Struct):
    number: Number
    created_at: Time
    updated_at: Time
    title: str | None = None
    body: str | None = None
    html_url: str | None = None
    closed_at: Time = None
    labels: list[LabelPart] | None = None


class Payload(msgspec.Struct):
    action: str
    issue: IssuePart
    repository: RepositoryPart
    label: LabelPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    issue = payload.issue
    labelled = origin.incident_labels.among(names_of(issue.labels))
    taken_off = names_of([payload.label] if payload.action == "unlabeled" and payload.label else None)
    if not labelled and not origin.incident_labels.among(taken_off):
        raise Ignored(f"The issue is no incident: it has no label {origin.incident_labels}.")
    told = incident_of(issue, key_of(payload.repository, origin), is_incident=labelled and payload.action not in GONE)
    yield repository_of(payload.repository, told.seen_at, origin)
    yield told


def incident_of(issue: IssuePart, key: RepositoryKey, *, is_incident: bool) -> Incident:
    named = named_in(issue.body)
    return Incident(
        repository=key,
        provider=key.provider,
        provider_key=f"issue:{issue.number}",
        title=issue.title or "",
        url=link(issue.html_url),
        labels=names_of(issue.labels),
        opened_at=required_time(issue.created_at, "issue.created_at"),
        closed_at=parse_time(issue.closed_at),
        seen_at=required_time(issue.updated_at, "issue.updated_at"),
        is_incident=is_incident,
        deployment_key=named.deployment,
        sha=named.sha,
    )
