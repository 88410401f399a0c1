"""What is dropped when: raw events, then days, then weeks; months stay. Run by anybody at any time: the database says
what is due, and one process at a time does it.

`changes`, shipped changes and the rows of deployments and pull requests (without what only linking needed) are what
trends of two years are counted from: they go with the days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.continuous import refresh_continuous
from storage.retention.commits import drop_commits
from storage.retention.deleted import drop_deleted
from storage.retention.deliveries import drop_bodies, drop_redeliveries
from storage.retention.digests import drop_runs
from storage.retention.facts import begin_later, drop_aggregates, drop_facts
from storage.retention.horizons import monday_before, move_horizons
from storage.retention.periods import NEW_DAYS, Periods

__all__ = ["Kept", "Periods", "run_retention"]

# Of this database: one process at a time.
LOCK = sa.text("SELECT pg_try_advisory_lock(hashtext('devmetrics: retention'))")
UNLOCK = sa.text("SELECT pg_advisory_unlock(hashtext('devmetrics: retention'))")


@dataclass(frozen=True, slots=True)
class Kept:
    """What one run did, in rows; `horizons` in repositories."""

    horizons: int = 0
    commits: int = 0
    facts: int = 0
    aggregates: int = 0
    bodies: int = 0
    redeliveries: int = 0
    runs: int = 0
    deleted: int = 0


async def run_retention(engine: AsyncEngine, periods: Periods, now: datetime) -> Kept | None:
    """Drop what is due at `now` (aware), in bounded batches with a commit after each; None: another process does it.

    The aggregates of what goes are complete before: every batch counts the buckets that it touched, and what a server
    counts of its own accord is counted once more.
    """
    async with engine.connect() as guard:
        held = await guard.scalar(LOCK)
        # The lock is the session's: no transaction stays open beside the work.
        await guard.commit()
        if not held:
            return None
        try:
            return await _run(engine, periods, now)
        finally:
            await guard.execute(UNLOCK)
            await guard.commit()


async def _run(engine: AsyncEngine, periods: Periods, now: datetime) -> Kept:
    # Reports go back as far as the coarser one is kept: it outlives the finer, also where less was set.
    raw_days = periods.raw_days
    daily_days = max(raw_days, periods.daily_days)
    weekly_days = max(daily_days, periods.weekly_days)
    cut, facts_since, weeks_since = (
        monday_before(now - timedelta(days=d)) for d in (raw_days, daily_days, weekly_days)
    )
    await refresh_continuous(engine)
    new_since = now - timedelta(days=NEW_DAYS)
    await begin_later(engine, facts_since, weeks_since, new_since)
    return Kept(
        horizons=await move_horizons(engine, cut, new_since),
        commits=await drop_commits(engine, cut),
        facts=await drop_facts(engine, facts_since),
        aggregates=await drop_aggregates(engine, facts_since, weeks_since),
        bodies=await drop_bodies(engine, periods, now),
        redeliveries=await drop_redeliveries(engine, now),
        runs=await drop_runs(engine, now - timedelta(days=periods.audit_days)),
        deleted=await drop_deleted(engine, periods, now),
    )
