"""`note`: what a person wrote on a merge request. Notes elsewhere, and those GitLab writes itself, are not used.

https://docs.gitlab.com/user/project/integrations/webhook_events/#comment-events
"""

from collections.abc import Iterator

import msgspec

from handlers.gitlab.merge_requests import MergeRequestPart, snapshot_of
from handlers.gitlab.payloads import ProjectPart, UserPart, key_of, person_of, repository_of, user_with_id
from handlers.payloads import Id
from handlers.registry import Origin
from handlers.times import Time, parse_time, required_time
from handlers.verdicts import Ignored, Unreadable
from storage.records import Record, Review

EVENT = "note"


class NotePart(msgspec.Struct):
    id: Id
    noteable_type: str
    created_at: Time
    updated_at: Time = None
    author_id: Id | None = None
    system: bool | None = None


class Payload(msgspec.Struct):
    object_attributes: NotePart
    project: ProjectPart
    project_id: Id | None = None
    user: UserPart | None = None
    merge_request: MergeRequestPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    note = payload.object_attributes
    if note.noteable_type != "MergeRequest":
        raise Ignored(f"The note is on no merge request but on: {note.noteable_type}.")
    if note.system:
        raise Ignored("GitLab wrote the note itself.")
    if payload.merge_request is None:
        raise Unreadable("It does not say which merge request the note is on: `merge_request` is missing.")
    key = key_of(payload.project, origin, payload.project_id)
    created_at = required_time(note.created_at, "object_attributes.created_at")
    seen_at = max(created_at, parse_time(note.updated_at) or created_at)
    author = payload.user if note.author_id is None else user_with_id(note.author_id, (payload.user,))
    yield repository_of(payload.project, key, seen_at)
    yield snapshot_of(payload.merge_request, key, (payload.user,))
    yield Review(
        repository=key,
        number=payload.merge_request.iid,
        provider_key=f"note:{note.id}",
        kind="comment",
        reviewer=person_of(author, key.host, seen_at),
        state="commented",
        submitted_at=created_at,
        seen_at=seen_at,
    )
