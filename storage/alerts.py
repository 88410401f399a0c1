"""Which channels are told when a number crosses a limit, and whether it has. Decided here, by one row for each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.digests.runs import ALERT, NOW
from storage.models.alerts import Alert as Row
from storage.models.digests import DigestRun
from storage.models.organizations import Team
from storage.organizations import LIVING_TEAMS


@dataclass(frozen=True, slots=True)
class Alert:
    id: UUID
    team_slug: str
    team_name: str
    channel_id: str
    # As in reports/alerts.py.
    metric: str
    # A ratio of 1, or seconds.
    above: float
    # None: it is not above the limit.
    crossed_since: datetime | None
    paused_at: datetime | None
    pause_reason: str | None


_SELECT = (
    sa.select(
        *(Row.id, Team.slug, Team.name, Row.channel_id, Row.metric, Row.above),
        *(Row.crossed_since, Row.paused_at, Row.pause_reason),
    )
    .join(Team, Team.id == Row.team_id)
    .where(Row.deleted_at.is_(None), Team.id.in_(LIVING_TEAMS))
    .order_by(Team.slug, Row.metric, Row.id)
)


async def list_active_alerts(connection: AsyncConnection, organization_id: UUID) -> list[Alert]:
    """Those that are not paused."""
    statement = _SELECT.where(Team.organization_id == organization_id, Row.paused_at.is_(None))
    return [Alert(*row) for row in await connection.execute(statement)]


async def list_alerts_of_channel(connection: AsyncConnection, organization_id: UUID, channel_id: str) -> list[Alert]:
    """Also paused ones, by team and metric."""
    statement = _SELECT.where(Team.organization_id == organization_id, Row.channel_id == channel_id)
    return [Alert(*row) for row in await connection.execute(statement)]


async def set_alert(
    connection: AsyncConnection,
    organization_id: UUID,
    team_slug: str,
    channel_id: str,
    limit: tuple[str, float],
    user_id: str,
) -> None:
    """`limit`: the metric, and above what. Again: with another limit, of which nothing is known yet."""
    metric, above = limit
    team_id = sa.select(Team.id).where(
        Team.organization_id == organization_id, Team.slug == team_slug, Team.deleted_at.is_(None)
    )
    known = _SELECT.where(Team.organization_id == organization_id, Team.slug == team_slug)
    before = (await connection.execute(known.where(Row.channel_id == channel_id, Row.metric == metric))).one_or_none()
    anew: dict[str, Any] = dict.fromkeys(("crossed_since", "checked_at", "paused_at", "pause_reason"))
    values = {"above": above, "created_by": user_id, **anew}
    statement = insert(Row).values(team_id=team_id.scalar_subquery(), channel_id=channel_id, metric=metric, **values)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["channel_id", "team_id", "metric"],
            index_where=sa.text("deleted_at IS NULL"),
            set_=values,
        )
    )
    after = {"channel": channel_id, "metric": metric, "above": above}
    told = {**after, "above": before.above} if before else None
    await audit(connection, organization_id, f"slack:{user_id}", "alert.set", team_slug, told, after)


async def remove_alert(connection: AsyncConnection, organization_id: UUID, alert: Alert, user_id: str) -> None:
    await connection.execute(sa.update(Row).where(Row.id == alert.id).values(deleted_at=NOW))
    before = {"channel": alert.channel_id, "metric": alert.metric, "above": alert.above}
    await audit(connection, organization_id, f"slack:{user_id}", "alert.remove", alert.team_slug, before, None)


async def record_check(connection: AsyncConnection, alert: Alert, at: datetime, numbers: dict[str, Any] | None) -> bool:
    """What was read at this moment: `numbers` when it is above the limit, None when it is not.

    True: it has just crossed, and its announcement is due, for whoever comes first. Of several processes one alone
    hears True; one that read earlier than another changes nothing, and neither does one that read another limit.
    """
    newest = (
        Row.id == alert.id,
        Row.above == alert.above,
        Row.deleted_at.is_(None),
        Row.paused_at.is_(None),
        sa.or_(Row.checked_at.is_(None), Row.checked_at < at),
    )
    before = Row.crossed_since.is_(None) if numbers is not None else Row.crossed_since.is_not(None)
    changed = await connection.execute(
        sa.update(Row)
        .where(*newest, before)
        .values(checked_at=at, crossed_since=None if numbers is None else at)
        .returning(Row.id)
    )
    if changed.one_or_none() is None:
        await connection.execute(sa.update(Row).where(*newest).values(checked_at=at))
        return False
    if numbers is None:
        return False
    due = {"alert_id": alert.id, "scheduled_for": at, "kind": ALERT, "state": "claimed", "numbers": numbers}
    await connection.execute(insert(DigestRun).values(claimed_until=NOW, **due))
    return True
