"""Approvals, requested changes and comments, which webhooks and the API tell alike."""

import msgspec

from handlers.bitbucket.payloads import AccountPart, person_of
from handlers.payloads import Id
from handlers.times import Time, parse_time, required_time
from storage.records import RepositoryKey, Review


class VerdictPart(msgspec.Struct):
    date: Time
    user: AccountPart | None = None


class CommentPart(msgspec.Struct):
    id: Id
    created_on: Time
    updated_on: Time = None
    user: AccountPart | None = None
    deleted: bool | None = None


def approval_record(verdict: VerdictPart, key: RepositoryKey, number: int) -> Review:
    return _verdict(verdict, key, number, "approval", "approved")


def changes_record(verdict: VerdictPart, key: RepositoryKey, number: int) -> Review:
    return _verdict(verdict, key, number, "review", "changes_requested")


def comment_record(comment: CommentPart, key: RepositoryKey, number: int) -> Review:
    created_at = required_time(comment.created_on, "comment.created_on")
    seen_at = max(created_at, parse_time(comment.updated_on) or created_at)
    return Review(
        repository=key,
        number=number,
        provider_key=f"comment:{comment.id}",
        kind="comment",
        reviewer=person_of(comment.user, key.host, seen_at),
        state="commented",
        submitted_at=created_at,
        seen_at=seen_at,
        deleted=bool(comment.deleted),
    )


def _verdict(verdict: VerdictPart, key: RepositoryKey, number: int, kind: str, state: str) -> Review:
    at = required_time(verdict.date, f"{kind}.date")
    reviewer = person_of(verdict.user, key.host, at)
    return Review(
        repository=key,
        number=number,
        provider_key=f"{kind}:{reviewer.user_id if reviewer else ''}:{at.isoformat()}",
        kind=kind,
        reviewer=reviewer,
        state=state,
        submitted_at=at,
        seen_at=at,
    )
