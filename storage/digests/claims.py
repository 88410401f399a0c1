"""Digests that are due: who sends which. Decided here and nowhere else, by one row for each.

A run is `claimed` by one process until its lease ends by the database's clock; whoever takes it over then goes on from
its state.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.digests.runs import DIGEST, MINE, NOW, RUNS, Run
from storage.models.digests import DigestRun, DigestSubscription

# Digests of one subscription are never closer than this, also when its hour or the zone's rules were changed.
CLOSEST = timedelta(hours=24)
MOMENT = sa.DateTime(timezone=True)

Due = tuple[UUID, datetime]


async def claim_due(connection: AsyncConnection, due: Sequence[Due], claim: UUID, lease: timedelta) -> int:
    """Claim those that nobody has claimed yet, and that are still wanted. How many."""
    values = {
        "state": sa.literal("claimed"),
        "claim": sa.literal(claim, sa.Uuid()),
        "claimed_until": NOW + sa.literal(lease, INTERVAL()),
    }
    return await _insert(connection, due, values)


async def skip_late(connection: AsyncConnection, late: Sequence[Due], reason: str) -> int:
    """Record that it is too late for them. How many are new."""
    values = {"state": sa.literal("skipped"), "reason": sa.literal(reason), "tell_owner": sa.true()}
    return await _insert(connection, late, values)


async def _insert(connection: AsyncConnection, due: Sequence[Due], values: dict[str, Any]) -> int:
    if not due:
        return 0
    given = (
        sa.func.unnest(
            sa.literal([subscription_id for subscription_id, _ in due], ARRAY(sa.Uuid())),
            sa.literal([moment for _, moment in due], ARRAY(MOMENT)),
        )
        .table_valued(sa.column("id", sa.Uuid()), sa.column("scheduled_for", MOMENT), name="due")
        .render_derived()
    )
    distance = sa.literal(CLOSEST, INTERVAL())
    too_close = sa.exists().where(
        DigestRun.subscription_id == given.c.id,
        DigestRun.kind == DIGEST,
        DigestRun.scheduled_for > given.c.scheduled_for - distance,
        DigestRun.scheduled_for < given.c.scheduled_for + distance,
    )
    wanted = (
        sa.select(given.c.id, given.c.scheduled_for, *values.values())
        .join(DigestSubscription, DigestSubscription.id == given.c.id)
        .where(DigestSubscription.deleted_at.is_(None), DigestSubscription.paused_at.is_(None), sa.not_(too_close))
        # All processes in one order: they wait for each other, never in a circle.
        .order_by(given.c.id)
    )
    statement = insert(DigestRun).from_select(["subscription_id", "scheduled_for", *values], wanted)
    inserted = await connection.execute(statement.on_conflict_do_nothing().returning(DigestRun.id))
    return len(inserted.all())


async def take_over(
    connection: AsyncConnection, organization_id: UUID, claim: UUID, lease: timedelta, limit: int
) -> int:
    """Claim unfinished runs whose lease has ended: their process died, or put them off until now. How many."""
    expired = MINE.where(DigestRun.claimed_until < NOW).limit(limit)
    taken = await connection.execute(
        sa.update(DigestRun)
        .where(DigestRun.id.in_(expired))
        .values(claim=claim, claimed_until=NOW + sa.literal(lease, INTERVAL()))
        .returning(DigestRun.id),
        {"organization_id": organization_id},
    )
    return len(taken.all())


async def read_claimed(connection: AsyncConnection, claim: UUID) -> list[Run]:
    """The unfinished runs of this claim, the earliest first."""
    rows = await connection.execute(RUNS.where(DigestRun.claim == claim, DigestRun.claimed_until.is_not(None)))
    return [Run(*row) for row in rows]


async def take_untold(connection: AsyncConnection, organization_id: UUID, limit: int) -> list[Run]:
    """Runs whose owner is to be told the reason; nobody else gets them, so that it is said once."""
    untold = MINE.where(DigestRun.tell_owner).limit(limit)
    taken = await connection.execute(
        sa.update(DigestRun).where(DigestRun.id.in_(untold)).values(tell_owner=False).returning(DigestRun.id),
        {"organization_id": organization_id},
    )
    ids = list(taken.scalars())
    return [Run(*row) for row in await connection.execute(RUNS.where(DigestRun.id.in_(ids)))]


async def tell_later(connection: AsyncConnection, run_id: UUID) -> None:
    """The owner was certainly not told."""
    await connection.execute(sa.update(DigestRun).where(DigestRun.id == run_id).values(tell_owner=True))
