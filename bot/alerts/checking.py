"""Looks at every number that has a limit; what crosses is announced by whoever sends digests."""

from datetime import datetime
from itertools import groupby
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
    for slug, of_team in groupby(alerts, key=lambda alert: alert.team_slug):
        limits = list(of_team)
        try:
            measured = await _measure_team(engine, organization_id, slug, {alert.metric for alert in limits}, now)
        except Exception as error:
            # Whatever failed is this team's alone: the others are looked at. What passes is for the next tick.
            if is_transient(error):
                raise
            _log(error, team=slug)
            continue
        for alert in limits:
            if alert.metric in measured:
                crossed += await _check(engine, alert, measured[alert.metric], now)
    return crossed


async def _measure_team(
    engine: AsyncEngine, organization_id: UUID, slug: str, metrics: set[str], now: datetime
) -> dict[str, Measured]:
    """Each once, however many channels have a limit for it, and all of one moment. Those that can be measured."""
    measured: dict[str, Measured] = {}
    async with snapshot(engine) as connection:
        scope = await find_team(connection, organization_id, slug)
        if scope is None or scope.whole_organization:
            return measured
        for metric in sorted(metrics):
            try:
                # What the database refuses spoils no other number of the team.
                async with connection.begin_nested():
                    measured[metric] = await measure(connection, scope, metric, now)
            except Exception as error:
                # Whatever failed is this number's alone: the team's others are measured.
                if is_transient(error):
                    raise
                _log(error, team=slug, metric=metric)
    return measured


async def _check(engine: AsyncEngine, alert: Alert, measured: Measured, now: datetime) -> bool:
    """Whether it has just crossed."""
    above = measured.is_above(alert.above)
    if not above and not measured.is_back(alert.above):
        return False
    numbers = kept(alert, measured) if above else None
    try:
        async with engine.begin() as connection:
            return await record_check(connection, alert, now, numbers)
    except Exception as error:
        # Whatever failed is this limit's alone: those of other channels are recorded.
        if is_transient(error):
            raise
        _log(error, alert=str(alert.id))
        return False


def _log(error: Exception, **about: str) -> None:
    """Whatever one team's numbers are, the other limits are to be looked at."""
    logger.error("a limit failed", **about, reason=kind_of(error), where=where(error))


def kept(alert: Alert, measured: Measured) -> dict[str, object]:
    """What the announcement shows, as JSON."""
    return {
        "metric": alert.metric,
        "above": alert.above,
        "value": measured.value,
        "n": measured.n,
        "subject": list(measured.subject) if measured.subject else None,
    }
