"""What came of a run. `posting` is committed before Slack is asked: a crash after that is known as one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.digests.runs import DETAILS, DIGEST, NOW, WANTED
from storage.models.digests import DigestRun


async def mark_posting(
    connection: AsyncConnection, run_id: UUID, claim: UUID, numbers: dict[str, Any], lease: timedelta
) -> bool:
    """Last step before Slack is asked. False: the lease has ended, or nobody wants the digest any more."""
    marked = await connection.execute(
        sa.update(DigestRun)
        .where(
            DigestRun.id == run_id,
            DigestRun.claim == claim,
            DigestRun.state == "claimed",
            DigestRun.claimed_until > NOW,
            WANTED,
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
    """Whoever has it by now: it is in the channel. From then on the details of a digest are due, for whoever comes
    first."""
    await connection.execute(
        sa.update(DigestRun)
        .where(DigestRun.id == run_id)
        .values(state="sent", sent_at=NOW, message_ts=message_ts, claimed_until=None, reason=None, tell_owner=False)
    )
    due = {"kind": sa.literal(DETAILS), "state": sa.literal("claimed"), "claimed_until": NOW}
    digest = sa.select(DigestRun.subscription_id, DigestRun.scheduled_for, *due.values()).where(
        DigestRun.id == run_id, DigestRun.kind == DIGEST, DigestRun.numbers["quiet"].as_boolean().is_(False)
    )
    details = insert(DigestRun).from_select(["subscription_id", "scheduled_for", *due], digest)
    await connection.execute(details.on_conflict_do_nothing())


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
