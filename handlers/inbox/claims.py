"""Taking deliveries out of the queue: claim, settle, postpone. All in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PENDING, DONE, IGNORED, FAILED = "pending", "done", "ignored", "failed"
STATES = (PENDING, DONE, IGNORED, FAILED)

COLUMNS = """id, organization_id, provider, event, received_at, body, attempts,
    (SELECT host FROM provider_connections WHERE provider_connections.id = connection_id) AS host"""

# A row lock is held until the transaction ends: other workers skip it, and a worker that dies loses nothing.
CLAIM = text(f"""
WITH claimed AS MATERIALIZED (
    SELECT id, next_attempt_at, coalesce(octet_length(body), 0) AS size FROM webhook_deliveries
    WHERE state = 'pending' AND next_attempt_at <= now()
    ORDER BY next_attempt_at, id LIMIT :most FOR UPDATE SKIP LOCKED
), fitting AS (
    SELECT id, sum(size) OVER (ORDER BY next_attempt_at, id) - size AS size_before FROM claimed
)
SELECT {COLUMNS}, (SELECT count(*) FROM claimed) AS held
FROM fitting JOIN webhook_deliveries USING (id) WHERE size_before < :most_bytes ORDER BY id
""")  # noqa: S608 (constants of this module)

CLAIM_THESE = text(f"""
SELECT {COLUMNS} FROM webhook_deliveries WHERE id = ANY(:ids) AND state = 'pending'
ORDER BY id FOR UPDATE SKIP LOCKED
""")  # noqa: S608 (constants of this module)

SETTLE = text("""
UPDATE webhook_deliveries AS delivery
SET state = result.state, reason = result.reason, attempts = delivery.attempts + 1, processed_at = clock_timestamp(),
    body = CASE WHEN NOT delivery.drop_body THEN delivery.body END
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:reasons AS text[])) AS result (id, state, reason)
WHERE delivery.id = result.id AND delivery.state = 'pending'
""")

POSTPONE = text("""
UPDATE webhook_deliveries
SET attempts = :attempts, reason = :reason, next_attempt_at = now() + :delay
WHERE id = :id AND state = 'pending' AND attempts = :attempts - 1
""")


class Claimed(NamedTuple):
    """A delivery that is this worker's until its transaction ends. `body` is compressed."""

    id: int
    organization_id: UUID
    provider: str
    event: str
    received_at: datetime
    body: bytes | None
    attempts: int
    # Where its connection leads; None: the provider's own address.
    host: str | None


class Result(NamedTuple):
    """What became of a delivery; `reason` is for the administrator."""

    id: int
    state: str
    reason: str | None


async def claim(connection: AsyncConnection, most: int, most_bytes: int) -> tuple[list[Claimed], bool]:
    """The oldest deliveries that are due, at least one if there is any; `most_bytes` counts compressed bodies.

    And whether these are all that the transaction holds now: not when some of `most` were too large.
    """
    rows = (await connection.execute(CLAIM, {"most": most, "most_bytes": most_bytes})).all()
    return [Claimed(*row[:-1]) for row in rows], not rows or rows[0].held == len(rows)


async def claim_these(connection: AsyncConnection, ids: Sequence[int]) -> list[Claimed]:
    """Those of `ids` that are still pending and that no other worker holds."""
    rows = await connection.execute(CLAIM_THESE, {"ids": list(ids)})
    return [Claimed(*row) for row in rows]


async def settle(connection: AsyncConnection, results: Sequence[Result]) -> None:
    await connection.execute(
        SETTLE,
        {
            "ids": [result.id for result in results],
            "states": [result.state for result in results],
            "reasons": [result.reason for result in results],
        },
    )


async def postpone(connection: AsyncConnection, delivery: Claimed, delay: timedelta, reason: str) -> None:
    """Count an attempt and try again after `delay`."""
    await connection.execute(
        POSTPONE, {"id": delivery.id, "attempts": delivery.attempts + 1, "delay": delay, "reason": reason}
    )
