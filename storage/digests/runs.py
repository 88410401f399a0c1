"""What is read of a digest's run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from storage.models.digests import DigestRun, DigestSubscription
from storage.models.organizations import Team

DIGEST, DETAILS = "digest", "details"
# By the database's clock: those of the processes differ.
NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    subscription_id: UUID
    scheduled_for: datetime
    # DIGEST or DETAILS
    kind: str
    # claimed or posting
    state: str
    posting_at: datetime | None
    reason: str | None
    team_slug: str
    channel_id: str
    owner: str
    # Slack's id of the message in whose thread it belongs.
    thread_ts: str | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What the subscription's channel was told, and not told, before a run."""

    # What the last digest sent showed; None: none was sent.
    numbers: dict[str, Any] | None
    # Why the digest after that, if one was due, was not sent; None: it was, or had nothing to say.
    missed: str | None


_ABOVE = aliased(DigestRun, name="above")
_THREAD = (
    sa.select(_ABOVE.message_ts)
    .where(
        _ABOVE.subscription_id == DigestRun.subscription_id,
        _ABOVE.scheduled_for == DigestRun.scheduled_for,
        _ABOVE.kind == DIGEST,
        DigestRun.kind == DETAILS,
    )
    .correlate(DigestRun)
    .scalar_subquery()
)
RUNS = (
    sa.select(
        DigestRun.id,
        DigestRun.subscription_id,
        DigestRun.scheduled_for,
        DigestRun.kind,
        DigestRun.state,
        DigestRun.posting_at,
        DigestRun.reason,
        Team.slug.label("team_slug"),
        DigestSubscription.channel_id,
        DigestSubscription.created_by.label("owner"),
        _THREAD.label("thread_ts"),
    )
    .join(DigestSubscription, DigestSubscription.id == DigestRun.subscription_id)
    .join(Team, Team.id == DigestSubscription.team_id)
    .order_by(DigestRun.scheduled_for, DigestRun.id)
)
# Of one organization, locked; those that another process is at are passed over.
MINE = (
    sa.select(DigestRun.id)
    .join(DigestSubscription, DigestSubscription.id == DigestRun.subscription_id)
    .join(Team, Team.id == DigestSubscription.team_id)
    .where(Team.organization_id == sa.bindparam("organization_id"))
    .order_by(DigestRun.scheduled_for, DigestRun.id)
    .with_for_update(of=DigestRun, skip_locked=True)
)


async def read_before(connection: AsyncConnection, run: Run) -> Before:
    earlier = (
        DigestRun.subscription_id == run.subscription_id,
        DigestRun.kind == DIGEST,
        DigestRun.scheduled_for < run.scheduled_for,
    )
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
