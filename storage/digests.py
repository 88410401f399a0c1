"""Digests that are due: who sends which, and what came of it. Decided here and nowhere else, by one row for each.

A run is `claimed` by one process until its lease ends by the database's clock; whoever takes it over then goes on from
its state. `posting` is committed before Slack is asked, so that a crash after it is never mistaken for one before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.digests import DigestRun, DigestSubscription
from storage.models.organizations import Team

# Digests of one subscription are never closer than this, also when its hour or the zone's rules were changed.
CLOSEST = timedelta(hours=24)
# By the database's clock: those of the processes differ.
NOW = sa.func.clock_timestamp()
MOMENT = sa.DateTime(timezone=True)

Due = tuple[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    subscription_id: UUID
    scheduled_for: datetime
    # claimed or posting
    state: str
    posting_at: datetime | None
    reason: str | None
    team_slug: str
    channel_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class Before:
    """What the subscription's channel was told, and not told, before a run."""

    # What the last digest sent showed; None: none was sent.
    numbers: dict[str, Any] | None
    # Why the digest after that, if one was due, was not sent; None: it was, or had nothing to say.
    missed: str | None


_RUNS = (
    sa.select(
        DigestRun.id,
        DigestRun.subscription_id,
        DigestRun.scheduled_for,
        DigestRun.state,
        DigestRun.posting_at,
        DigestRun.reason,
        Team.slug.label("team_slug"),
        DigestSubscription.channel_id,
        DigestSubscription.created_by.label("owner"),
    )
    .join(DigestSubscription, DigestSubscription.id == DigestRun.subscription_id)
    .join(Team, Team.id == DigestSubscription.team_id)
    .order_by(DigestRun.scheduled_for, DigestRun.id)
)
_MINE = (
    sa.select(DigestRun.id)
    .join(DigestSubscription, DigestSubscription.id == DigestRun.subscription_id)
    .join(Team, Team.id == DigestSubscription.team_id)
    .where(Team.organization_id == sa.bindparam("organization_id"))
    .order_by(DigestRun.scheduled_for, DigestRun.id)
    .with_for_update(of=DigestRun, skip_locked=True)
)


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
    expired = _MINE.where(DigestRun.claimed_until < NOW).limit(limit)
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
    rows = await connection.execute(_RUNS.where(DigestRun.claim == claim, DigestRun.claimed_until.is_not(None)))
    return [Run(*row) for row in rows]


async def mark_posting(
    connection: AsyncConnection, run_id: UUID, claim: UUID, numbers: dict[str, Any], lease: timedelta
) -> bool:
    """Last step before Slack is asked. False: the lease has ended, or nobody wants the digest any more."""
    wanted = sa.exists().where(
        DigestSubscription.id == DigestRun.subscription_id,
        DigestSubscription.deleted_at.is_(None),
        DigestSubscription.paused_at.is_(None),
    )
    marked = await connection.execute(
        sa.update(DigestRun)
        .where(
            DigestRun.id == run_id,
            DigestRun.claim == claim,
            DigestRun.state == "claimed",
            DigestRun.claimed_until > NOW,
            wanted,
        )
        .values(state="posting", posting_at=NOW, claimed_until=NOW + lease, numbers=numbers)
        .returning(DigestRun.id)
    )
    return marked.one_or_none() is not None


async def put_off(
    connection: AsyncConnection, run_id: UUID, claim: UUID, state: str, delay: timedelta, reason: str
) -> None:
    """For whoever comes first after `delay`. `claimed`: it is certainly not in the channel; `posting`: it may be."""
    await connection.execute(
        sa.update(DigestRun)
        .where(DigestRun.id == run_id, DigestRun.claim == claim, DigestRun.claimed_until.is_not(None))
        .values(state=state, claim=None, claimed_until=NOW + delay, reason=reason)
    )


async def keep(connection: AsyncConnection, run_id: UUID, claim: UUID, lease: timedelta) -> bool:
    """It is certainly not in the channel, and this process goes on with it. False: another one has it by now."""
    kept = await connection.execute(
        sa.update(DigestRun)
        .where(DigestRun.id == run_id, DigestRun.claim == claim, DigestRun.claimed_until > NOW)
        .values(state="claimed", claimed_until=NOW + lease)
        .returning(DigestRun.id)
    )
    return kept.one_or_none() is not None


async def mark_sent(connection: AsyncConnection, run_id: UUID, message_ts: str) -> None:
    """Whoever has it by now: it is in the channel."""
    await connection.execute(
        sa.update(DigestRun)
        .where(DigestRun.id == run_id)
        .values(state="sent", sent_at=NOW, message_ts=message_ts, claimed_until=None, reason=None, tell_owner=False)
    )


async def mark_ended(
    connection: AsyncConnection,
    run_id: UUID,
    claim: UUID,
    state: str,
    reason: str,
    *,
    tell_owner: bool,
    numbers: dict[str, Any] | None = None,
) -> bool:
    """`state`: skipped, failed or unknown; `reason` is a sentence for the owner; `numbers`: what it would have shown.

    False: another process has it.
    """
    ended = await connection.execute(
        sa.update(DigestRun)
        .where(DigestRun.id == run_id, DigestRun.claim == claim, DigestRun.claimed_until.is_not(None))
        .values(state=state, reason=reason, claimed_until=None, tell_owner=tell_owner, numbers=numbers)
        .returning(DigestRun.id)
    )
    return ended.one_or_none() is not None


async def take_untold(connection: AsyncConnection, organization_id: UUID, limit: int) -> list[Run]:
    """Runs whose owner is to be told the reason; nobody else gets them, so that it is said once."""
    untold = _MINE.where(DigestRun.tell_owner).limit(limit)
    taken = await connection.execute(
        sa.update(DigestRun).where(DigestRun.id.in_(untold)).values(tell_owner=False).returning(DigestRun.id),
        {"organization_id": organization_id},
    )
    ids = list(taken.scalars())
    return [Run(*row) for row in await connection.execute(_RUNS.where(DigestRun.id.in_(ids)))]


async def tell_later(connection: AsyncConnection, run_id: UUID) -> None:
    """The owner was certainly not told."""
    await connection.execute(sa.update(DigestRun).where(DigestRun.id == run_id).values(tell_owner=True))


async def read_before(connection: AsyncConnection, run: Run) -> Before:
    earlier = (DigestRun.subscription_id == run.subscription_id, DigestRun.scheduled_for < run.scheduled_for)
    newest_first = DigestRun.scheduled_for.desc()
    sent = (
        await connection.execute(
            sa.select(DigestRun.numbers).where(*earlier, DigestRun.state == "sent").order_by(newest_first).limit(1)
        )
    ).scalar_one_or_none()
    last = (
        await connection.execute(
            sa.select(DigestRun.state, DigestRun.reason, DigestRun.numbers)
            .where(*earlier)
            .order_by(newest_first)
            .limit(1)
        )
    ).one_or_none()
    # A quiet week was skipped on purpose.
    missed = last is not None and (
        last.state in {"failed", "unknown"} or (last.state == "skipped" and not last.numbers)
    )
    return Before(sent, last.reason if last is not None and missed else None)
