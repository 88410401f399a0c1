"""Histories that are read from a provider's API, step by step: who reads which, and how far it came."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking.repositories import ASKABLE, COLUMNS, REACHED, Place, Repository, parameters, repository_from

# `chosen`: what a setting made count after the backfill, which did not ask for it.
BACKFILL, CATCH_UP, CHOSEN, REPAIR = "backfill", "catch_up", "chosen", "repair"

# One that is under way goes on where it is, unless more is asked for now. What the last regular run asked for and was
# not read is asked for with it.
ASK = text("""
INSERT INTO history_readings AS reading (repository_id, purpose, since)
SELECT id, :purpose, :since FROM unnest(CAST(:ids AS uuid[])) AS asked (id)
ON CONFLICT (repository_id, purpose) DO UPDATE SET since = CASE
        WHEN reading.state = 'done' OR reading.purpose = 'backfill' THEN excluded.since
        ELSE least(reading.since, excluded.since) END,
    requested_at = now(), cursor = NULL,
    part = NULL, state = 'waiting', steps = 0, records = 0, differences = 0, attempts = 0, next_attempt_at = now(),
    claim = NULL, finished_at = NULL, reason = NULL, left_out = 0, left_out_reason = NULL
WHERE reading.state <> 'waiting' OR reading.attempts > 0 OR reading.since > excluded.since
""")
# As far back as the backfill; what linking found before the horizon stands. Without a backfill nobody can be asked; one
# that is still to begin will read it by itself (the lock: nobody claims it meanwhile), one under way may be past it.
ASK_FOR_CHOSEN = text("""
INSERT INTO history_readings AS reading (repository_id, purpose, since)
SELECT repository_id, 'chosen', greatest(since, frozen_before)
FROM history_readings JOIN repositories ON repositories.id = repository_id
WHERE repository_id = :repository_id AND purpose = 'backfill'
    AND NOT (state = 'waiting' AND steps = 0 AND claim IS NULL)
FOR UPDATE OF history_readings
ON CONFLICT (repository_id, purpose) DO UPDATE SET since = excluded.since, requested_at = now(), cursor = NULL,
    part = NULL, state = 'waiting', steps = 0, records = 0, differences = 0, attempts = 0, next_attempt_at = now(),
    claim = NULL, finished_at = NULL, reason = NULL, left_out = 0, left_out_reason = NULL
""")
ASK_AGAIN_FOR_CHOSEN = text("""
UPDATE history_readings
SET state = 'waiting', attempts = 0, reason = NULL, next_attempt_at = now(), finished_at = NULL
WHERE purpose = 'chosen' AND state = 'failed' AND repository_id = ANY(CAST(:ids AS uuid[]))
""")
# Backfills before repairs, since somebody may be waiting for them. While one goes on well, nothing of its repository is
# compared: what is still to be read would look like something that webhooks failed to tell, and be asked for twice. One
# that is tried again keeps nothing back.
CLAIM = text(f"""
WITH chosen AS MATERIALIZED (
    SELECT repository_id, purpose FROM history_readings AS reading
    WHERE state = 'waiting' AND next_attempt_at <= now() AND repository_id IN (SELECT repository.id FROM {ASKABLE})
        AND (purpose IN ('backfill', 'chosen') OR NOT EXISTS (
            SELECT FROM history_readings AS whole WHERE whole.repository_id = reading.repository_id
                AND whole.purpose = 'backfill' AND whole.state = 'waiting' AND whole.attempts <= 1))
    ORDER BY purpose, next_attempt_at, repository_id LIMIT 1 FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE history_readings AS reading
    SET claim = :claim, attempts = reading.attempts + 1, next_attempt_at = now() + CAST(:lease AS interval),
        since = coalesce(reading.since, now() - CAST(:longest AS interval))
    FROM chosen WHERE reading.repository_id = chosen.repository_id AND reading.purpose = chosen.purpose
    RETURNING reading.repository_id, reading.purpose, reading.since, reading.cursor, reading.attempts
)
SELECT {COLUMNS}, claimed.purpose, claimed.since, CAST(claimed.cursor AS text) AS cursor, claimed.attempts
FROM claimed JOIN repositories AS repository ON repository.id = claimed.repository_id
""")  # noqa: S608 (constants)
MINE = "repository_id = :repository_id AND purpose = :purpose AND claim = :claim"
ADVANCE = text(f"""
UPDATE history_readings
SET cursor = CAST(:cursor AS jsonb), part = :part, steps = steps + 1, records = records + :records,
    differences = differences + :differences, attempts = 0, reason = :refused,
    left_out = left_out + :left_out, left_out_reason = coalesce(:left_out_reason, left_out_reason),
    state = CASE WHEN NOT :done THEN 'waiting' WHEN CAST(:refused AS text) IS NULL THEN 'done' ELSE 'failed' END,
    finished_at = CASE WHEN :done THEN now() END,
    claim = CASE WHEN :done THEN NULL ELSE claim END, next_attempt_at = now() + CAST(:lease AS interval)
WHERE {MINE}
""")  # noqa: S608 (constants)
RENEW = text(f"""
UPDATE history_readings SET next_attempt_at = now() + CAST(:lease AS interval) WHERE {MINE} AND state = 'waiting'
""")  # noqa: S608 (constants)
POSTPONE = text(f"""
UPDATE history_readings
SET claim = NULL, next_attempt_at = :until, reason = :reason, attempts = attempts - CAST(:forgiven AS int)
WHERE {MINE}
""")  # noqa: S608 (constants)
FAIL = text(f"""
UPDATE history_readings SET claim = NULL, state = 'failed', finished_at = now(), reason = :reason WHERE {MINE}
""")  # noqa: S608 (constants)
# One that can be asked no more waits for nothing.
LIST = text(f"""
SELECT repository.id, repository.path, purpose, state, part, records, differences, reason, since, next_attempt_at,
    left_out, left_out_reason
FROM history_readings JOIN repositories AS repository ON repository.id = repository_id
WHERE repository.organization_id = :organization_id AND (state <> 'waiting' OR {REACHED})
ORDER BY purpose, requested_at, lower(repository.path)
""")  # noqa: S608 (constants)


class Reading(NamedTuple):
    """A history to go on with, claimed. `attempts` of this step, this one included."""

    repository: Repository
    purpose: str
    since: datetime
    cursor: dict[str, Any] | None
    attempts: int
    claim: UUID


class Progress(NamedTuple):
    repository_id: UUID
    path: str
    purpose: str
    # waiting, done or failed
    state: str
    part: str | None
    records: int
    differences: int
    # Why it waits or failed.
    reason: str | None
    since: datetime | None
    next_attempt_at: datetime
    # How much could not be read, and why the last of it.
    left_out: int
    left_out_reason: str | None


async def ask_for_histories(
    connection: AsyncConnection, repository_ids: Collection[UUID], purpose: str, since: datetime
) -> None:
    """From the beginning, unless it is under way already."""
    await connection.execute(ASK, {"ids": list(repository_ids), "purpose": purpose, "since": since})


async def ask_again_for_chosen(connection: AsyncConnection, repository_ids: Collection[UUID]) -> None:
    """Those of these that failed go on where they were."""
    await connection.execute(ASK_AGAIN_FOR_CHOSEN, {"ids": list(repository_ids)})


async def ask_for_chosen(connection: AsyncConnection, repository_id: UUID) -> None:
    """The history of what counts as deployments by settings that were just made."""
    await connection.execute(ASK_FOR_CHOSEN, {"repository_id": repository_id})


async def claim_reading(
    connection: AsyncConnection, places: Collection[Place], lease: timedelta, longest: timedelta
) -> Reading | None:
    """`longest`: how far back one goes whose beginning nobody named."""
    claim = uuid4()
    given = {**parameters(places), "claim": claim, "lease": lease, "longest": longest}
    row = (await connection.execute(CLAIM, given)).one_or_none()
    if row is None:
        return None
    cursor: dict[str, Any] | None = msgspec.json.decode(row.cursor) if row.cursor else None
    return Reading(repository_from(tuple(row)[:8]), row.purpose, row.since, cursor, row.attempts, claim)


async def advance_reading(
    connection: AsyncConnection,
    reading: Reading,
    *,
    cursor: dict[str, Any] | None,
    part: str,
    records: int,
    differences: int,
    lease: timedelta,
    left_out: Sequence[str] = (),
    refused: str | None = None,
) -> bool:
    """In the transaction that writes the step's records; `cursor` None: all of it was read, but for what was `refused`
    and what was `left_out`, each with its reason. False: it was lost to another process, and the transaction must not
    be committed."""
    changes = {
        "cursor": msgspec.json.encode(cursor).decode() if cursor is not None else None,
        "part": part,
        "records": records,
        "differences": differences,
        "done": cursor is None,
        "lease": lease,
        "left_out": len(left_out),
        "left_out_reason": left_out[-1] if left_out else None,
        "refused": refused,
    }
    return (await connection.execute(ADVANCE, {**_mine(reading), **changes})).rowcount == 1


async def renew_reading(connection: AsyncConnection, reading: Reading, lease: timedelta) -> None:
    """It stays claimed so long from now on, if it is so still."""
    await connection.execute(RENEW, {**_mine(reading), "lease": lease})


async def postpone_reading(
    connection: AsyncConnection, reading: Reading, until: datetime, reason: str, *, forgiven: bool
) -> None:
    """`forgiven`: the attempt does not count."""
    given = {"until": until, "reason": reason, "forgiven": int(forgiven)}
    await connection.execute(POSTPONE, {**_mine(reading), **given})


async def fail_reading(connection: AsyncConnection, reading: Reading, reason: str) -> None:
    await connection.execute(FAIL, {**_mine(reading), "reason": reason})


async def list_progress(connection: AsyncConnection, organization_id: UUID) -> list[Progress]:
    return [Progress(*row) for row in await connection.execute(LIST, {"organization_id": organization_id})]


def _mine(reading: Reading) -> dict[str, Any]:
    return {"repository_id": reading.repository.id, "purpose": reading.purpose, "claim": reading.claim}
