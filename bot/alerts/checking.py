"""Looks at every number that has a limit; what crosses is announced by whoever sends digests."""

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.failures import is_transient, kind_of, where
from reports.alerts import Measured, measure
from reports.scope import find_team
from reports.snapshot import snapshot
from storage.alerts import Alert, list_active_alerts, record_check

logger = structlog.get_logger(__name__)


async def check_alerts(engine: AsyncEngine, organization_id: UUID, now: datetime) -> int:
    """`now` (aware) is the moment of what is read, the same in every process. How many have just crossed."""
    async with engine.connect() as connection:
        alerts = await list_active_alerts(connection, organization_id)
    crossed = 0
    for alert in alerts:
        try:
            crossed += await _check(engine, organization_id, alert, now)
        except Exception as error:
            # Whatever one team's numbers are, the other limits are to be looked at.
            if is_transient(error):
                raise
            logger.error("a limit failed", alert=str(alert.id), reason=kind_of(error), where=where(error))
    return crossed


async def _check(engine: AsyncEngine, organization_id: UUID, alert: Alert, now: datetime) -> bool:
    """Whether it has just crossed."""
    async with snapshot(engine) as connection:
        scope = await find_team(connection, organization_id, alert.team_slug)
        if scope is None or scope.whole_organization:
            return False
        measured = await measure(connection, scope, alert.metric, now)
    above = measured.is_above(alert.above)
    if not above and not measured.is_back(alert.above):
        return False
    numbers = kept(alert, measured) if above else None
    async with engine.begin() as connection:
        return await record_check(connection, alert, now, numbers)


def kept(alert: Alert, measured: Measured) -> dict[str, object]:
    """What the announcement shows, as JSON."""
    return {
        "metric": alert.metric,
        "above": alert.above,
        "value": measured.value,
        "n": measured.n,
        "subject": list(measured.subject) if measured.subject else None,
    }
