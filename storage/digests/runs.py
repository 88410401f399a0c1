"""What is read of a digest's run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from storage.models.alerts import Alert
from storage.models.digests import DigestRun, DigestSubscription
from storage.models.organizations import Organization, Team
from storage.organizations import LIVING_TEAMS

DIGEST, DETAILS, ALERT = "digest", "details", "alert"
# By the database's clock: those of the processes differ.
NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    # Of the subscription or the alert.
    order_id: UUID
    scheduled_for: datetime
    # DIGEST, DETAILS or ALERT
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
    # What it shows, once that is decided.
    numbers: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What the subscription's channel was told, and not told, before a run."""

    # What the last digest sent showed; None: none was sent.
    numbers: dict[str, Any] | None
    # Why the digest after that, if one was due, was not sent; None: it was, or had nothing to say.
    missed: str | None


_COLUMNS = ("id", "team_id", "channel_id", "created_by", "deleted_at", "paused_at")
# What channels have ordered.
ORDERS = sa.union_all(
    *(sa.select(*(getattr(model, column) for column in _COLUMNS)) for model in (DigestSubscription, Alert))
).subquery("orders")
ORDER_ID = sa.func.coalesce(DigestRun.subscription_id, DigestRun.alert_id)
WANTED = sa.exists().where(
    ORDERS.c.id == ORDER_ID,
    ORDERS.c.deleted_at.is_(None),
    ORDERS.c.paused_at.is_(None),
    ORDERS.c.team_id.in_(LIVING_TEAMS),
)
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
        ORDER_ID,
        DigestRun.scheduled_for,
        DigestRun.kind,
        DigestRun.state,
        DigestRun.posting_at,
        DigestRun.reason,
        Team.slug.label("team_slug"),
        ORDERS.c.channel_id,
        ORDERS.c.created_by,
        _THREAD.label("thread_ts"),
        DigestRun.numbers,
    )
    .join(ORDERS, ORDERS.c.id == ORDER_ID)
    .join(Team, Team.id == ORDERS.c.team_id)
    .order_by(DigestRun.scheduled_for, DigestRun.id)
)
# Of one organization that is there, locked; those that another process is at are passed over.
MINE = (
    sa.select(DigestRun.id)
    .join(ORDERS, ORDERS.c.id == ORDER_ID)
    .join(Team, Team.id == ORDERS.c.team_id)
    .join(Organization, Organization.id == Team.organization_id)
    .where(Team.organization_id == sa.bindparam("organization_id"), Organization.deleted_at.is_(None))
    .order_by(DigestRun.scheduled_for, DigestRun.id)
    .with_for_update(of=DigestRun, skip_locked=True)
)


async def read_before(connection: AsyncConnection, run: Run) -> Before:
    earlier = (
        DigestRun.subscription_id == run.order_id,
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
