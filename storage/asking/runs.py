"""Regular jobs for a provider's API: which is due is decided here, so that of several processes one does it."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking.repositories import Place

# A place that was never seen before is due at once.
CLAIM = text("""
INSERT INTO provider_runs AS run (organization_id, provider, host, job, claim, attempts, next_attempt_at)
VALUES (:organization_id, :provider, :host, :job, :claim, 1, now() + CAST(:lease AS interval))
ON CONFLICT (organization_id, provider, host, job) DO UPDATE
SET claim = excluded.claim, attempts = run.attempts + 1, next_attempt_at = excluded.next_attempt_at
WHERE run.next_attempt_at <= now() OR CAST(:hurry AS boolean)
RETURNING now() AS started_at, succeeded_at, attempts
""")
MINE = "organization_id = :organization_id AND provider = :provider AND host = :host AND job = :job AND claim = :claim"
FINISH = text(f"""
UPDATE provider_runs
SET succeeded_at = :started_at, next_attempt_at = CAST(:started_at AS timestamptz) + CAST(:every AS interval),
    claim = NULL, attempts = 0, outcome = :outcome, reason = NULL
WHERE {MINE}
""")  # noqa: S608 (constants)
POSTPONE = text(f"UPDATE provider_runs SET claim = NULL, next_attempt_at = :until, reason = :reason WHERE {MINE}")  # noqa: S608 (constants)
LIST = text("""
SELECT provider, host, job, succeeded_at, attempts, outcome, reason FROM provider_runs
WHERE organization_id = :organization_id ORDER BY provider, host, job
""")


class Run(NamedTuple):
    place: Place
    job: str
    claim: UUID
    started_at: datetime
    # When the last one that succeeded began; None: there was none.
    succeeded_at: datetime | None
    attempts: int


class RunListing(NamedTuple):
    provider: str
    host: str
    job: str
    succeeded_at: datetime | None
    attempts: int
    outcome: str | None
    reason: str | None


async def claim_run(
    connection: AsyncConnection, place: Place, job: str, lease: timedelta, *, hurry: bool = False
) -> Run | None:
    """None: it is not due, or another process does it. `hurry`: before its time."""
    claim = uuid4()
    given = {**place._asdict(), "job": job, "claim": claim, "lease": lease, "hurry": hurry}
    row = (await connection.execute(CLAIM, given)).one_or_none()
    return Run(place, job, claim, *row) if row else None


async def finish_run(connection: AsyncConnection, run: Run, every: timedelta, outcome: str) -> None:
    given = {"started_at": run.started_at, "every": every, "outcome": outcome}
    await connection.execute(FINISH, {**_mine(run), **given})


async def postpone_run(connection: AsyncConnection, run: Run, until: datetime, reason: str) -> None:
    await connection.execute(POSTPONE, {**_mine(run), "until": until, "reason": reason})


async def list_runs(connection: AsyncConnection, organization_id: UUID) -> list[RunListing]:
    return [RunListing(*row) for row in await connection.execute(LIST, {"organization_id": organization_id})]


def _mine(run: Run) -> dict[str, object]:
    return {**run.place._asdict(), "job": run.job, "claim": run.claim}
