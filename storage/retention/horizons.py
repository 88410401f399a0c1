"""Moving the horizons of repositories: what stands is frozen, and what it was made of goes."""

import asyncio
import traceback
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.aggregates import refresh
from storage.facts.horizons import carry
from storage.linking import lock_repositories, relink
from storage.linking.history import History
from storage.linking.horizon import Settled, settle
from storage.linking.reader import build_histories, read_tables

# Those that have something before it, those waiting longest first.
DUE = text("""
    SELECT id FROM repositories
    WHERE first_event_at < :cut AND coalesce(frozen_before, '-infinity') < :cut AND created_at < :new_since
    ORDER BY frozen_before NULLS FIRST, id
""")
FREEZE_PULL_REQUESTS = """
    UPDATE pull_requests SET frozen = true, body = NULL, told_at = '{}', labels = '{}', provider_id = NULL
    FROM unnest($2::timestamptz[], $3::int[]) AS over (at, number)
    WHERE repository_id = $1 AND time = at AND pr_number = number
"""
FREEZE_DEPLOYMENTS = """
    UPDATE deployments SET frozen = true, told_at = '{}', deployed_by = NULL, deployed_by_identity = NULL
    FROM unnest($2::timestamptz[], $3::text[]) AS over (at, key)
    WHERE repository_id = $1 AND time = at AND provider_key = key
"""
DROP_PUSHES = """
    DELETE FROM pushes USING unnest($2::text[], $3::text[], $4::text[]) AS gone (ref, before, after)
    WHERE repository_id = $1 AND pushes.ref = gone.ref AND pushes.before = gone.before AND pushes.after = gone.after
"""
OF_PULL_REQUESTS = ("pull_request_commits", "pull_request_events", "reviews", "review_requests")
DROP_QUESTIONS = """
    DELETE FROM enrichment_requests
    WHERE repository_id = $1 AND requested_at < $2 AND (answered_at IS NOT NULL OR given_up_at IS NOT NULL)
"""
SETTLE_COMMITS = """
    INSERT INTO commit_keys (repository_id, commit_sha, time, settled)
    SELECT $1, sha, $3, true FROM unnest($2::text[]) AS sha
    ON CONFLICT (repository_id, commit_sha) DO UPDATE SET settled = true WHERE NOT commit_keys.settled
"""
DROP_CARRIED = "DELETE FROM carried_commits WHERE repository_id = $1 AND NOT commit_sha = ANY($2::text[])"

logger = structlog.get_logger(__name__)


def monday_before(moment: datetime) -> datetime:
    """The beginning of its UTC week: days and weeks are whole on both sides of it."""
    day: date = moment.astimezone(UTC).date()
    return datetime.combine(day - timedelta(days=day.weekday()), time(), UTC)


async def move_horizons(engine: AsyncEngine, cut: datetime, new_since: datetime) -> int:
    """Move the horizon of every repository that is not new here to `cut`, each in its own transaction. Returns how many
    moved; of the others linking still needs the rows."""
    async with engine.connect() as connection:
        due = list(await connection.scalars(DUE, {"cut": cut, "new_since": new_since}))
    moved = 0
    for repository_id in due:
        try:
            async with engine.begin() as connection:
                moved += await move_horizon(connection, repository_id, cut)
        except Exception as error:
            if isinstance(error, OSError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
                raise
            # The others', and all else that is to go, must not wait for it. Its text may hold parts of a payload.
            logger.error(
                "a repository's raw rows stay: it could not be linked",
                repository=str(repository_id),
                reason=type(error).__name__,
                where="".join(traceback.format_tb(error.__traceback__)),
            )
    return moved


async def move_horizon(connection: AsyncConnection, repository_id: UUID, cut: datetime) -> bool:
    """In the caller's transaction; nobody else writes what belongs to the repository until it ends."""
    await lock_repositories(connection, [repository_id])
    # What is frozen must be what the facts say: a flood may have put off linking.
    await refresh(connection, (), await relink(connection, [repository_id]))
    histories = build_histories(*await read_tables(connection, [repository_id]))
    settled = await asyncio.to_thread(settle, histories[0], cut)
    if settled is None:
        return False
    await _write(connection, histories[0], settled, cut)
    return True


async def _write(connection: AsyncConnection, history: History, settled: Settled, cut: datetime) -> None:
    repository_id = history.repository_id
    await connection.execute(
        text("UPDATE repositories SET frozen_before = :cut WHERE id = :id"), {"cut": cut, "id": repository_id}
    )
    over = [(history.pull_requests[number].created_at, number) for number in sorted(settled.pull_requests)]
    await _run(connection, FREEZE_PULL_REQUESTS, repository_id, over)
    new = settled.deployments - history.frozen.deployments
    ended = sorted((one.time, one.key) for one in history.deployments if one.key in new)
    await _run(connection, FREEZE_DEPLOYMENTS, repository_id, ended)
    await _run(connection, DROP_PUSHES, repository_id, sorted(push[:3] for push in settled.dropped_pushes))
    for table in OF_PULL_REQUESTS:
        await connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE repository_id = $1 AND pr_number = ANY($2::int[])",  # noqa: S608 (our tables)
            (repository_id, sorted(settled.pull_requests)),
        )
    await connection.exec_driver_sql(DROP_QUESTIONS, (repository_id, cut))
    new_settled = sorted(settled.settled - history.frozen.settled)
    await connection.exec_driver_sql(SETTLE_COMMITS, (repository_id, new_settled, cut))
    kept = sorted(settled.history.commits)
    old = [(repository_id, sha) for sha in kept if settled.history.commits[sha].time < cut]
    if old:
        await carry(connection, old)
    await connection.exec_driver_sql(DROP_CARRIED, (repository_id, kept))


async def _run(connection: AsyncConnection, statement: str, repository_id: UUID, rows: Iterable[Any]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)]
    if columns:
        await connection.exec_driver_sql(statement, (repository_id, *columns))
