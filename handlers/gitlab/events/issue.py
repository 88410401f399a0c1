"""`issue`, `work_item`: an issue of the type incident, or with a label of one, is an incident of its project.

https://docs.gitlab.com/user/project/integrations/webhook_events/#work-item-events
"""

from collections.abc import Iterable, Iterator

import msgspec

from handlers.gitlab.payloads import LabelPart, ProjectPart, key_of, repository_of, titles_of
from handlers.incidents import named_in
from handlers.payloads import Id, Number, link
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored
from storage.records import Incident, Record, RepositoryKey

EVENT = ("issue", "work_item")
# GitLab's own kind of issue, whatever its labels.
INCIDENT_TYPE = "incident"


class LabelsChange(msgspec.Struct):
    previous: list[LabelPart] | None = None


class TypeChange(msgspec.Struct):
    previous: str | int | None = None


class Changes(msgspec.Struct):
    labels: LabelsChange | None = None
    type: TypeChange | None = None
    issue_type: TypeChange | None = None


class IssuePart(msgspec.Struct):
    iid: Number
    created_at: Time
    updated_at: Time
    title: str | None = None
    description: str | None = None
    type: str | None = None
    # Older than `type`.
    issue_type: str | None = None
    # It was moved, and goes on there as an issue of its own.
    moved_to_id: Id | None = None
    url: str | None = None
    state: str | None = None
    action: str | None = None
    closed_at: Time = None
    project_id: Id | None = None
    labels: list[LabelPart] | None = None


class Payload(msgspec.Struct):
    object_attributes: IssuePart
    # A group's work item (an epic) has none.
    project: ProjectPart | None = None
    labels: list[LabelPart] | None = None
    changes: Changes | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    issue, changes = payload.object_attributes, payload.changes or Changes()
    labels = titles_of(issue.labels if payload.labels is None else payload.labels)
    is_incident = is_one(labels, (issue.type, issue.issue_type), origin)
    former_types = [change.previous for change in (changes.type, changes.issue_type) if change is not None]
    taken_back = is_one(titles_of(changes.labels.previous if changes.labels else None), former_types, origin)
    if payload.project is None or not (is_incident or taken_back):
        labelled = origin.incident_labels
        raise Ignored(f"The issue is no incident: it has neither the label {labelled} nor the type incident.")
    key = key_of(payload.project, origin, issue.project_id)
    told = incident_of(issue, labels, key, is_incident=is_incident)
    yield repository_of(payload.project, key, told.seen_at)
    yield told


def incident_of(issue: IssuePart, labels: tuple[str, ...], key: RepositoryKey, *, is_incident: bool) -> Incident:
    named = named_in(issue.description)
    seen_at = required_time(issue.updated_at, "object_attributes.updated_at")
    return Incident(
        repository=key,
        provider=key.provider,
        provider_key=f"issue:{issue.iid}",
        title=issue.title or "",
        url=link(issue.url),
        labels=labels,
        opened_at=required_time(issue.created_at, "object_attributes.created_at"),
        closed_at=parse_time(issue.closed_at) or (seen_at if issue.action == "close" else None),
        seen_at=seen_at,
        is_incident=is_incident and issue.moved_to_id is None,
        deployment_key=named.deployment,
        sha=named.sha,
    )


def is_one(labels: Iterable[str], types: Iterable[str | int | None], origin: Origin) -> bool:
    return origin.incident_labels.among(labels) or any(str(type_).casefold() == INCIDENT_TYPE for type_ in types)
