"""Who gets a weekly digest, where and when; what people change of it is audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.digests.runs import DIGEST
from storage.models.alerts import Alert
from storage.models.digests import DigestRun, DigestSubscription
from storage.models.organizations import Team
from storage.organizations import LIVING_TEAMS

NOW = sa.func.clock_timestamp()


@dataclass(frozen=True, slots=True)
class Subscription:
    id: UUID
    team_slug: str
    team_name: str
    channel_id: str
    # ISO weekday, 1 is Monday; "HH:MM" on the wall clock of an IANA zone.
    weekday: int
    local_time: str
    timezone: str
    # Slack's id of the person who is told when a digest cannot be sent.
    owner: str
    active_since: datetime
    paused_at: datetime | None
    pause_reason: str | None
    # The latest run, whatever came of it.
    last_scheduled_for: datetime | None
    last_state: str | None
    last_reason: str | None


_LAST = (
    sa.select(DigestRun.scheduled_for, DigestRun.state, DigestRun.reason)
    .where(DigestRun.subscription_id == DigestSubscription.id, DigestRun.kind == DIGEST)
    .order_by(DigestRun.scheduled_for.desc())
    .limit(1)
    .lateral("last")
)
SELECT = (
    sa.select(
        DigestSubscription.id,
        Team.slug.label("team_slug"),
        Team.name.label("team_name"),
        DigestSubscription.channel_id,
        DigestSubscription.weekday,
        DigestSubscription.local_time,
        DigestSubscription.timezone,
        DigestSubscription.created_by.label("owner"),
        DigestSubscription.active_since,
        DigestSubscription.paused_at,
        DigestSubscription.pause_reason,
        _LAST.c.scheduled_for.label("last_scheduled_for"),
        _LAST.c.state.label("last_state"),
        _LAST.c.reason.label("last_reason"),
    )
    .join(Team, Team.id == DigestSubscription.team_id)
    .outerjoin(_LAST, sa.true())
    .where(DigestSubscription.deleted_at.is_(None), Team.id.in_(LIVING_TEAMS))
    .order_by(Team.slug, DigestSubscription.id)
)


async def list_active(connection: AsyncConnection, organization_id: UUID) -> list[Subscription]:
    """Those that are not paused."""
    return await _read(connection, Team.organization_id == organization_id, DigestSubscription.paused_at.is_(None))


async def list_in_channel(connection: AsyncConnection, organization_id: UUID, channel_id: str) -> list[Subscription]:
    """Also paused ones, by team."""
    return await _read(connection, Team.organization_id == organization_id, DigestSubscription.channel_id == channel_id)


async def list_of_owner(connection: AsyncConnection, organization_id: UUID, user_id: str) -> list[Subscription]:
    """What this person ordered, also paused ones, by team."""
    return await _read(connection, Team.organization_id == organization_id, DigestSubscription.created_by == user_id)


async def find_of_owner(
    connection: AsyncConnection, organization_id: UUID, user_id: str, subscription_id: UUID
) -> Subscription | None:
    """None: it was ended, or is somebody else's by now."""
    mine = (Team.organization_id == organization_id, DigestSubscription.created_by == user_id)
    found = await _read(connection, *mine, DigestSubscription.id == subscription_id)
    return found[0] if found else None


async def subscribe(
    connection: AsyncConnection,
    organization_id: UUID,
    team_slug: str,
    channel_id: str,
    hour: tuple[int, str, str],
    user_id: str,
) -> Subscription | None:
    """Let a channel get a team's digest at `hour` (weekday, local time, zone); again: at another hour, and from now on
    it is this user's. None: there is no such team."""
    weekday, local_time, timezone = hour
    team_id = await connection.scalar(
        sa.select(Team.id).where(
            Team.organization_id == organization_id, Team.slug == team_slug, Team.deleted_at.is_(None)
        )
    )
    if team_id is None:
        return None
    values: dict[str, Any] = {
        "weekday": weekday,
        "local_time": local_time,
        "timezone": timezone,
        "created_by": user_id,
        "active_since": NOW,
        "paused_at": None,
        "pause_reason": None,
    }
    before = await _read(connection, DigestSubscription.team_id == team_id, DigestSubscription.channel_id == channel_id)
    statement = insert(DigestSubscription).values(team_id=team_id, channel_id=channel_id, **values)
    upsert = statement.on_conflict_do_update(
        index_elements=["channel_id", "team_id"], index_where=sa.text("deleted_at IS NULL"), set_=values
    )
    subscription_id = await connection.scalar(upsert.returning(DigestSubscription.id))
    (subscription,) = await _read(connection, DigestSubscription.id == subscription_id)
    told = (_told(before[0]) if before else None, _told(subscription))
    await audit(connection, organization_id, f"slack:{user_id}", "digest.subscribe", team_slug, *told)
    return subscription


async def unsubscribe(
    connection: AsyncConnection, organization_id: UUID, subscription: Subscription, user_id: str
) -> None:
    await _change(connection, subscription.id, deleted_at=NOW)
    await _audit(connection, organization_id, "digest.unsubscribe", subscription, user_id, None)


async def pause(connection: AsyncConnection, organization_id: UUID, subscription: Subscription, user_id: str) -> None:
    await _change(connection, subscription.id, paused_at=NOW, pause_reason=None)
    after = {**_told(subscription), "paused": True}
    await _audit(connection, organization_id, "digest.pause", subscription, user_id, after)


async def resume(connection: AsyncConnection, organization_id: UUID, subscription: Subscription, user_id: str) -> None:
    """What was due meanwhile stays unsent."""
    await _change(connection, subscription.id, paused_at=None, pause_reason=None, active_since=NOW)
    after = {**_told(subscription), "paused": False}
    await _audit(connection, organization_id, "digest.resume", subscription, user_id, after)


async def pause_for(connection: AsyncConnection, order_id: UUID, reason: str) -> None:
    """Slack refuses a subscription's or an alert's channel for good; `reason` is its own word (is_archived ...)."""
    for model in (DigestSubscription, Alert):
        pausing = sa.update(model).where(model.id == order_id)
        await connection.execute(pausing.values(paused_at=NOW, pause_reason=reason))


async def _change(connection: AsyncConnection, subscription_id: UUID, **values: Any) -> None:
    await connection.execute(
        sa.update(DigestSubscription).where(DigestSubscription.id == subscription_id).values(**values)
    )


async def _audit(
    connection: AsyncConnection,
    organization_id: UUID,
    action: str,
    subscription: Subscription,
    user_id: str,
    after: dict[str, Any] | None,
) -> None:
    of = (f"slack:{user_id}", action, subscription.team_slug)
    await audit(connection, organization_id, *of, _told(subscription), after)


def _told(subscription: Subscription) -> dict[str, Any]:
    """As the audit log has it."""
    return {
        "channel": subscription.channel_id,
        "weekday": subscription.weekday,
        "local_time": subscription.local_time,
        "timezone": subscription.timezone,
        "paused": subscription.paused_at is not None,
    }


async def _read(connection: AsyncConnection, *conditions: sa.ColumnElement[bool]) -> list[Subscription]:
    rows: Sequence[Any] = (await connection.execute(SELECT.where(*conditions))).all()
    return [Subscription(*row) for row in rows]
