"""Windows that begin before facts are kept one by one: deployments and failures from weekly sums, commits from monthly
ones, all of UTC, those nearest to the window's own days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.numbers import NO_NUMBERS, read_numbers
from reports.old_commits import known_lines, nearest_midnight, together
from reports.report import ChangeFailureRate, Commits, DataQuality, DeploymentFrequency, Numbers, Window
from reports.sources import Sources

_REPOSITORY_IDS = sa.bindparam("repository_ids", type_=ARRAY(sa.Uuid()))
KEPT = sa.text(
    "SELECT max(facts_since), max(weeks_since) FROM repositories WHERE id = ANY(:repository_ids)"
).bindparams(_REPOSITORY_IDS)
_TIMES = [
    sa.bindparam(name, type_=sa.DateTime(timezone=True))
    for name in ("first_week", "after_weeks", "first_month", "after_months", "first_day", "after_days")
]
# Days of the month in which facts begin are kept from its first on. A bucket is a date in a table, a moment where it is
# a continuous aggregate: both compare with a moment.
SUMS = sa.text("""
    SELECT weeks.deployments, weeks.failed, commits.count, commits.added, commits.deleted,
        :first_week < :after_weeks AND EXISTS (
            SELECT FROM monthly_dora_metrics WHERE repository_id = ANY(:repository_ids)
        ) AS is_known FROM (
        SELECT coalesce(sum(deployment_count), 0) AS deployments, coalesce(sum(failed_count), 0) AS failed
        FROM weekly_dora_metrics
        WHERE repository_id = ANY(:repository_ids) AND week >= :first_week AND week < :after_weeks
    ) AS weeks, (
        SELECT coalesce(sum(commit_count), 0) AS count, sum(total_lines_added) AS added,
            sum(total_lines_deleted) AS deleted
        FROM (
            SELECT commit_count, total_lines_added, total_lines_deleted FROM monthly_commit_stats
            WHERE repository_id = ANY(:repository_ids) AND month >= :first_month AND month < :after_months
            UNION ALL
            SELECT commit_count, total_lines_added, total_lines_deleted FROM daily_commit_stats
            WHERE repository_id = ANY(:repository_ids) AND day >= :first_day AND day < :after_days
        ) AS buckets
    ) AS commits
""").bindparams(_REPOSITORY_IDS, *_TIMES)


@dataclass(frozen=True, slots=True)
class Kept:
    """Since when (midnight UTC, a Monday) all that is asked for is there; None: nothing was dropped."""

    facts_since: datetime | None
    weeks_since: datetime | None


async def find_kept(connection: AsyncConnection, sources: Sources) -> Kept:
    return Kept(*(await connection.execute(KEPT, {"repository_ids": list(sources.repository_ids)})).one())


async def read_with_sums(
    connection: AsyncConnection, sources: Sources, windows: Sequence[Window], facts_since: datetime | None
) -> list[Numbers]:
    """In the order of the windows."""
    if facts_since is None or all(window.start >= facts_since for window in windows):
        return await read_numbers(connection, sources, windows)
    numbers = []
    for window in windows:
        kept = NO_NUMBERS
        if window.end > facts_since:
            [kept] = await read_numbers(connection, sources, [replace(window, start=max(window.start, facts_since))])
        if window.start < facts_since:
            sums = await connection.execute(SUMS, _parameters(sources, window, facts_since))
            kept = add_sums(kept, window, sums.one())
        numbers.append(kept)
    return numbers


def add_sums(numbers: Numbers, window: Window, sums: Any) -> Numbers:
    """The numbers of the part with facts, and the sums of the part before it."""
    frequency, rate, commits = numbers.deployment_frequency, numbers.change_failure_rate, numbers.commits
    # Weeks without a deployment are zeros, but a window without a week has none.
    known = frequency.per_day is not None or sums.is_known
    added, deleted = known_lines(sums.added, sums.deleted)
    deployments, failed = frequency.deployments + sums.deployments, rate.failed + sums.failed
    return replace(
        numbers,
        deployment_frequency=DeploymentFrequency(
            deployments,
            frequency.succeeded + sums.deployments - sums.failed,
            deployments / window.days if known else None,
        ),
        change_failure_rate=ChangeFailureRate(failed, deployments, failed / deployments if deployments else None),
        commits=Commits(
            commits.count + sums.count,
            together(commits.lines_added, added),
            together(commits.lines_deleted, deleted),
            commits.lines_unknown,
        ),
    )


def remark(window: Window, facts_since: datetime | None) -> tuple[DataQuality, ...]:
    if facts_since is None or window.start >= facts_since:
        return ()
    text = f"Before {facts_since:%Y-%m-%d} from weekly UTC sums: only deployments, failures and (by months) commits"
    if window.end <= facts_since:
        of = _parameters(Sources(()), window, facts_since)
        if of["first_month"] >= of["after_months"] and of["first_day"] >= of["after_days"]:
            text = f"{text}; this window is no month, and has none of these"
        return (DataQuality("sums_only", 1, f"{text}."),)
    return (DataQuality("weekly_sums", 1, f"{text}; all else is since then."),)


def nearest_monday(moment: datetime) -> datetime:
    day = (moment.astimezone(UTC) + timedelta(days=3.5)).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)


def nearest_month(moment: datetime) -> datetime:
    return datetime.combine((moment.astimezone(UTC) + timedelta(days=15)).date().replace(day=1), time(), UTC)


def _parameters(sources: Sources, window: Window, facts_since: datetime) -> dict[str, Any]:
    last, days_since = min(window.end, facts_since), facts_since.replace(day=1)
    return {
        "repository_ids": list(sources.repository_ids),
        "first_week": nearest_monday(window.start),
        "after_weeks": nearest_monday(last),
        "first_month": nearest_month(window.start),
        "after_months": min(nearest_month(last), days_since),
        "first_day": max(nearest_midnight(window.start), days_since),
        "after_days": nearest_midnight(last),
    }
