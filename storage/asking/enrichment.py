"""Single questions to a provider's API: claimed by repository, answered, asked again later, given up visibly."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking.repositories import COLUMNS, PLACES, REACHED, Place, Repository, parameters, repository_from

OPEN = "request.answered_at IS NULL AND request.given_up_at IS NULL"
DUE = f"{OPEN} AND coalesce(request.next_attempt_at, request.requested_at + CAST(:settling AS interval)) <= now()"

# Of the repository that has waited longest, found by the open questions: answered ones are many more.
# A claim is a lease: who dies leaves its questions due again.
CHOOSE = text(f"""
SELECT {COLUMNS} FROM enrichment_requests AS request JOIN repositories AS repository ON id = repository_id
    JOIN {PLACES} USING (organization_id, provider, host)
WHERE {DUE} AND {REACHED} ORDER BY request.requested_at LIMIT 1
""")  # noqa: S608 (constants)
CLAIM = text(f"""
WITH due AS MATERIALIZED (
    SELECT repository_id, kind, subject FROM enrichment_requests AS request
    WHERE repository_id = :repository_id AND {DUE} ORDER BY requested_at, kind, subject
    LIMIT :most FOR UPDATE SKIP LOCKED
)
UPDATE enrichment_requests AS request
SET attempts = request.attempts + 1, next_attempt_at = now() + CAST(:lease AS interval)
FROM due WHERE request.repository_id = due.repository_id AND request.kind = due.kind AND request.subject = due.subject
RETURNING request.kind, request.subject, request.attempts, CASE request.kind WHEN 'push' THEN (
    SELECT min(ref) FROM pushes WHERE pushes.repository_id = :repository_id AND
        pushes.before = split_part(request.subject, '...', 1) AND pushes.after = split_part(request.subject, '...', 2)
) END AS ref
""")  # noqa: S608 (constants)
THESE = """unnest(CAST(:kinds AS text[]), CAST(:subjects AS text[])) AS this (kind, subject)"""
SETTLE = text("""
UPDATE enrichment_requests AS request
SET answered_at = now(), reason = NULL, answer = CAST(this.answer AS jsonb)
FROM unnest(CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:answers AS text[]))
    AS this (kind, subject, answer)
WHERE repository_id = :repository_id AND request.kind = this.kind AND request.subject = this.subject
""")
GIVE_UP = text("""
UPDATE enrichment_requests AS request SET given_up_at = now(), reason = this.reason
FROM unnest(CAST(:kinds AS text[]), CAST(:subjects AS text[]), CAST(:reasons AS text[]))
    AS this (kind, subject, reason)
WHERE repository_id = :repository_id AND request.kind = this.kind AND request.subject = this.subject
    AND request.answered_at IS NULL
""")
POSTPONE = text(f"""
UPDATE enrichment_requests AS request
SET next_attempt_at = :until, reason = :reason, attempts = request.attempts - CAST(:forgiven AS int)
FROM {THESE}
WHERE repository_id = :repository_id AND request.kind = this.kind AND request.subject = this.subject
    AND request.answered_at IS NULL
""")  # noqa: S608 (constants)
COUNT = text(f"""
SELECT count(*) FILTER (WHERE given_up_at IS NULL) AS waiting, count(given_up_at) AS given_up,
    coalesce(mode() WITHIN GROUP (ORDER BY reason) FILTER (WHERE given_up_at IS NULL),
        mode() WITHIN GROUP (ORDER BY reason)) AS reason
FROM enrichment_requests AS request JOIN repositories AS repository ON repository.id = request.repository_id
WHERE answered_at IS NULL AND {REACHED}
""")  # noqa: S608 (constants)
ASK_AGAIN = text("UPDATE enrichment_requests SET given_up_at = NULL, attempts = 0, next_attempt_at = NULL "
    "WHERE given_up_at IS NOT NULL AND answered_at IS NULL AND repository_id = ANY(CAST(:ids AS uuid[]))")  # fmt: skip


class Question(NamedTuple):
    """Its kind and subject are those of records.EnrichmentRequest."""

    kind: str
    subject: str
    # Of a push: what was pushed to.
    ref: str | None = None


class Claimed(NamedTuple):
    repository: Repository
    # With how often each was tried, this time included.
    questions: dict[Question, int]


class Waiting(NamedTuple):
    waiting: int
    given_up: int
    # What most of those that wait, else of those that were given up, were told.
    reason: str | None


async def claim_questions(
    connection: AsyncConnection, places: Collection[Place], most: int, lease: timedelta, settling: timedelta
) -> Claimed | None:
    """Up to `most` questions about one repository; None: nothing is due. New ones wait for `settling`, for others to
    join them."""
    chosen = (await connection.execute(CHOOSE, {**parameters(places), "settling": settling})).one_or_none()
    if chosen is None:
        return None
    repository = repository_from(tuple(chosen))
    given = {"repository_id": repository.id, "most": most, "lease": lease, "settling": settling}
    rows = await connection.execute(CLAIM, given)
    return Claimed(repository, {Question(row.kind, row.subject, row.ref): row.attempts for row in rows})


async def settle_questions(
    connection: AsyncConnection, repository_id: UUID, answers: Sequence[tuple[Question, dict[str, Any] | None]]
) -> None:
    """Answered, each with the document to keep (a compare's), if any."""
    documents = [msgspec.json.encode(document).decode() if document else None for _, document in answers]
    await connection.execute(
        SETTLE, {"repository_id": repository_id, **_columns([one for one, _ in answers]), "answers": documents}
    )


async def give_up_questions(
    connection: AsyncConnection, repository_id: UUID, refused: Sequence[tuple[Question, str]]
) -> None:
    reasons = [reason for _, reason in refused]
    await connection.execute(
        GIVE_UP, {"repository_id": repository_id, **_columns([one for one, _ in refused]), "reasons": reasons}
    )


async def postpone_questions(
    connection: AsyncConnection,
    repository_id: UUID,
    questions: Collection[Question],
    until: datetime,
    reason: str,
    *,
    forgiven: bool,
) -> None:
    """`forgiven`: the attempt does not count."""
    given = {"repository_id": repository_id, "until": until, "reason": reason, "forgiven": int(forgiven)}
    await connection.execute(POSTPONE, {**given, **_columns(questions)})


async def count_questions(connection: AsyncConnection) -> Waiting:
    return Waiting(*(await connection.execute(COUNT)).one())


async def ask_again(connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
    """Questions about these that were given up are asked anew."""
    await connection.execute(ASK_AGAIN, {"ids": list(repository_ids)})


def _columns(questions: Collection[Question]) -> dict[str, list[str]]:
    return {"kinds": [one.kind for one in questions], "subjects": [one.subject for one in questions]}
