"""Commits go by chunk where they are in chunks, else by row."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.retention.batches import delete_in_batches
from storage.timescale import is_hypertable

# Of repositories whose horizon could not follow: their links still need them.
CARRY = text("""
    INSERT INTO carried_commits (repository_id, commit_sha, time, message, on_default_branch, is_merge, is_bot, paths)
    SELECT repository_id, commit_sha, time, message, on_default_branch, is_merge, is_bot, paths
    FROM commits WHERE time < :cut AND repository_id IN (
        SELECT id FROM repositories WHERE coalesce(frozen_before, '-infinity') < :cut)
    ON CONFLICT DO NOTHING
""")


# Nothing later: continuous aggregates are counted again from here on.
HORIZON = text("SELECT max(frozen_before) FROM repositories")


async def drop_commits(engine: AsyncEngine, cut: datetime) -> int:
    """Returns how many rows went; of chunks how many chunks."""
    async with engine.begin() as connection:
        horizon = await connection.scalar(HORIZON)
        if horizon is None:
            return 0
        cut = min(cut, horizon)
        await connection.execute(CARRY, {"cut": cut})
        if await is_hypertable(connection, "commits"):
            dropped = await connection.execute(
                text("SELECT drop_chunks('commits', older_than => CAST(:cut AS timestamptz))"), {"cut": cut}
            )
            return len(dropped.all())
    return await delete_in_batches(
        engine, "commits", ("time", "repository_id", "commit_sha"), "t.time < :cut", {"cut": cut}
    )
