"""Looks at every number that has a limit; what crosses is announced by whoever sends digests."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from reports.alerts import Measured, measure
from reports.scope import find_team
from reports.snapshot import snapshot
from storage.alerts import Alert, list_active_alerts, record_check


async def check_alerts(engine: AsyncEngine, organization_id: UUID, now: datetime) -> int:
    """`now` (aware) is the moment of what is read, the same in every process. How many have just crossed."""
    async with engine.connect() as connection:
        alerts = await list_active_alerts(connection, organization_id)
    crossed = 0
    for alert in alerts:
        async with snapshot(engine) as connection:
            scope = await find_team(connection, organization_id, alert.team_slug)
            if scope is None or scope.whole_organization:
                continue
            measured = await measure(connection, scope, alert.metric, now)
        numbers = kept(alert, measured) if measured.is_above(alert.above) else None
        async with engine.begin() as connection:
            crossed += await record_check(connection, alert, now, numbers)
    return crossed


def kept(alert: Alert, measured: Measured) -> dict[str, object]:
    """What the announcement shows, as JSON."""
    return {
        "metric": alert.metric,
        "above": alert.above,
        "value": measured.value,
        "n": measured.n,
        "subject": list(measured.subject) if measured.subject else None,
    }
