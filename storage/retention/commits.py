"""Commits go by chunk where they are in chunks, else by row; never those that linking still needs.

Of chunks that cannot go whole the rows go one by one, so that every kind of database has the same: of the chunk that
the cut lies in, and of those that a repository whose horizon does not follow holds back.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.retention.batches import delete_in_batches
from storage.timescale import is_hypertable

# One whose horizon could not follow holds the chunks back, and so does one without a horizon, by what was written long
# before it was pushed.
OLDEST_NEEDED = text("""
    SELECT least(CAST(:cut AS timestamptz), min(coalesce(frozen_before, oldest.time)))
    FROM repositories LEFT JOIN LATERAL (
        SELECT time FROM commits WHERE frozen_before IS NULL AND repository_id = repositories.id AND time < :cut
        ORDER BY time LIMIT 1
    ) AS oldest ON true
""")
DROP_CHUNKS = text("SELECT drop_chunks('commits', older_than => CAST(:oldest AS timestamptz))")
IS_FROZEN = "t.time < :cut AND t.time < (SELECT frozen_before FROM repositories r WHERE r.id = t.repository_id)"


async def drop_commits(engine: AsyncEngine, cut: datetime) -> int:
    """Returns how many rows went; of chunks how many chunks."""
    chunks = 0
    async with engine.begin() as connection:
        if await is_hypertable(connection, "commits"):
            oldest = await connection.scalar(OLDEST_NEEDED, {"cut": cut})
            chunks = len((await connection.execute(DROP_CHUNKS, {"oldest": oldest})).all())
    key = ("time", "repository_id", "commit_sha")
    return chunks + await delete_in_batches(engine, "commits", key, IS_FROZEN, {"cut": cut})
