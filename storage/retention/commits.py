"""Commits go by chunk where they are in chunks, else by row; never those that linking still needs.

One repository whose horizon does not follow holds its chunks back: of these the others' rows go one by one.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.retention.batches import delete_in_batches
from storage.timescale import is_hypertable

# Of all repositories that have something before the cut: one whose horizon could not follow holds the chunks back.
OLDEST_NEEDED = text("""
    SELECT least(CAST(:cut AS timestamptz), min(coalesce(frozen_before, first_event_at)))
    FROM repositories WHERE first_event_at < :cut
""")
DROP_CHUNKS = text("SELECT drop_chunks('commits', older_than => CAST(:oldest AS timestamptz))")
IS_FROZEN = "t.time < :cut AND t.time < (SELECT frozen_before FROM repositories r WHERE r.id = t.repository_id)"


async def drop_commits(engine: AsyncEngine, cut: datetime) -> int:
    """Returns how many rows went; of chunks how many chunks."""
    chunks = 0
    async with engine.begin() as connection:
        if await is_hypertable(connection, "commits"):
            oldest = await connection.scalar(OLDEST_NEEDED, {"cut": cut})
            if oldest is None:
                return 0
            chunks = len((await connection.execute(DROP_CHUNKS, {"oldest": oldest})).all())
            if oldest == cut:
                return chunks
    key = ("time", "repository_id", "commit_sha")
    return chunks + await delete_in_batches(engine, "commits", key, IS_FROZEN, {"cut": cut})
