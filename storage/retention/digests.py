"""What came of digests and limits, told long ago."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.retention.batches import delete_in_batches

# The last run says that nothing is due before it, and the last one sent what the next digest compares with.
SUPERSEDED = (
    "EXISTS (SELECT FROM digest_runs AS later WHERE later.subscription_id = t.subscription_id "
    "AND later.kind = 'digest' AND later.scheduled_for > t.scheduled_for "
    "AND (later.state = 'sent' OR t.state <> 'sent'))"
)
ENDED = "EXISTS (SELECT FROM digest_subscriptions AS s WHERE s.id = t.subscription_id AND s.deleted_at IS NOT NULL)"
# What is still to be sent belongs into the thread below it.
THREAD_UNFINISHED = (
    "EXISTS (SELECT FROM digest_runs AS below WHERE below.subscription_id = t.subscription_id "
    "AND below.scheduled_for = t.scheduled_for AND below.claimed_until IS NOT NULL)"
)
OVER = (
    "t.scheduled_for < :cut AND t.claimed_until IS NULL AND NOT t.tell_owner "
    f"AND (t.kind <> 'digest' OR ({SUPERSEDED} OR {ENDED}) AND NOT {THREAD_UNFINISHED})"
)


async def drop_runs(engine: AsyncEngine, cut: datetime) -> int:
    return await delete_in_batches(engine, "digest_runs", ("id",), OVER, {"cut": cut})
