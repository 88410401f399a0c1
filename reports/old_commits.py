"""Commits of days whose rows are no longer kept, from the aggregate by UTC day."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from reports.report import Commits, DataQuality, Window
from reports.sources import Sources

HORIZON = sa.text("SELECT max(frozen_before) FROM repositories WHERE id = ANY(:repository_ids)").bindparams(
    sa.bindparam("repository_ids", type_=ARRAY(sa.Uuid()))
)
# A date in a table, a moment where it is a continuous aggregate: both compare with a moment.
DAYS = sa.text("""
    SELECT sum(commit_count), sum(total_lines_added), sum(total_lines_deleted) FROM daily_commit_stats
    WHERE repository_id = ANY(:repository_ids) AND day >= :first AND day < :after_last
""").bindparams(
    sa.bindparam("repository_ids", type_=ARRAY(sa.Uuid())),
    sa.bindparam("first", type_=sa.DateTime(timezone=True)),
    sa.bindparam("after_last", type_=sa.DateTime(timezone=True)),
)
# Of repositories of which only some services count: commits that are known to have changed files of others alone.
OF_OTHERS = sa.text("""
    SELECT count(*) FROM (
        SELECT FROM touched_services WHERE repository_id = ANY(:shared_ids) AND kind = 'commit'
            AND at >= :first AND at < :after_last
        GROUP BY repository_id, key HAVING NOT bool_or((repository_id, service) IN (
            SELECT * FROM unnest(CAST(:shared_ids AS uuid[]), CAST(:shared_services AS text[]))))
    ) AS others
""").bindparams(
    sa.bindparam("shared_ids", type_=ARRAY(sa.Uuid())),
    sa.bindparam("first", type_=sa.DateTime(timezone=True)),
    sa.bindparam("after_last", type_=sa.DateTime(timezone=True)),
)
HALF_A_DAY = timedelta(hours=12)


async def find_horizon(connection: AsyncConnection, sources: Sources) -> datetime | None:
    """Since when all of these repositories have their commits one by one; None: nothing was dropped."""
    horizon: datetime | None = await connection.scalar(HORIZON, {"repository_ids": list(sources.repository_ids)})
    return horizon


def since(window: Window, horizon: datetime) -> Window:
    """The part of a window of which the commits are there one by one; it may be empty."""
    return replace(window, start=min(max(window.start, horizon), window.end)) if window.start < horizon else window


async def add_old(
    connection: AsyncConnection, sources: Sources, window: Window, horizon: datetime, counted: Commits
) -> Commits:
    """With the days before the horizon: whole days of UTC, those nearest to the window's own."""
    first, after_last = nearest_midnight(window.start), min(nearest_midnight(window.end), horizon)
    if first >= after_last:
        return counted
    parameters = {"repository_ids": list(sources.repository_ids), "first": first, "after_last": after_last}
    count, added, deleted = (await connection.execute(DAYS, parameters)).one()
    others = 0
    if sources.services:
        shared_ids, shared_services = zip(*sources.services, strict=True)
        shared = {"shared_ids": list(shared_ids), "shared_services": list(shared_services)}
        others = await connection.scalar(OF_OTHERS, {**parameters, **shared}) or 0
        whole = [one for one in sources.repository_ids if one not in shared_ids]
        _, added, deleted = (await connection.execute(DAYS, {**parameters, "repository_ids": whole})).one()
    added, deleted = known_lines(added, deleted)
    return Commits(
        count=counted.count + (count or 0) - others,
        lines_added=together(counted.lines_added, added),
        lines_deleted=together(counted.lines_deleted, deleted),
        lines_unknown=counted.lines_unknown,
    )


async def remark(connection: AsyncConnection, sources: Sources, window: Window) -> tuple[DataQuality, ...]:
    horizon = await find_horizon(connection, sources)
    if horizon is None or window.start >= horizon:
        return ()
    text = (
        f"Commits before {horizon:%Y-%m-%d} are counted by days of UTC: one by one they are no longer kept, so how "
        "many of them are by bots or without line counts is not known."
    )
    if sources.services:
        text += " Their lines are not known by service."
    return (DataQuality("commits_by_day", 1, text),)


def nearest_midnight(moment: datetime) -> datetime:
    return datetime.combine((moment.astimezone(UTC) + HALF_A_DAY).date(), time(), UTC)


def known_lines(added: int | None, deleted: int | None) -> tuple[int | None, int | None]:
    """Of sums in which merge commits have none: where nobody knows any other's, that is all there is."""
    return (added, deleted) if added or deleted else (None, None)


def together(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
