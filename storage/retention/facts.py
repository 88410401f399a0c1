"""Facts that trends are counted from, and aggregates, when their time is over."""

from datetime import datetime

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.continuous import find_stores
from storage.retention.batches import delete_in_batches

# A recovery is of the time in which it ends.
DEPLOYMENT_IS_OVER = "{one}.frozen AND {one}.time < :cut AND ({one}.recovered_at IS NULL OR {one}.recovered_at < :cut)"
OF_ONE = (
    "EXISTS (SELECT FROM deployments o WHERE o.repository_id = t.repository_id AND o.provider_key = t.provider_key "
    f"AND {DEPLOYMENT_IS_OVER.format(one='o')})"
)
IS_FROZEN = "EXISTS (SELECT FROM repositories r WHERE r.id = t.repository_id AND r.frozen_before >= :cut)"
# What linking still has the raw rows of it would find once more, and ship with the next success that is left.
IS_SETTLED = (
    "NOT EXISTS (SELECT FROM carried_commits o WHERE t.kind = 'commit' "
    "AND o.repository_id = t.repository_id AND o.commit_sha = t.key) "
    "AND NOT EXISTS (SELECT FROM pull_requests o WHERE o.repository_id = t.repository_id "
    "AND o.pr_number = CASE t.kind WHEN 'pull_request' THEN CAST(t.key AS integer) END AND NOT o.frozen)"
)

# What each is, its key, and what of it is over. Only what is frozen goes.
FACTS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "deployment_evidence",
        ("repository_id", "provider_key", "kind", "source"),
        OF_ONE,
    ),
    (
        "deployment_marks",
        ("repository_id", "provider_key", "at", "mark"),
        OF_ONE,
    ),
    ("deployments", ("time", "repository_id", "provider_key"), DEPLOYMENT_IS_OVER.format(one="t")),
    (
        "pull_requests",
        ("time", "repository_id", "pr_number"),
        "t.frozen AND t.time < :cut AND coalesce(t.merged_at, t.closed_at) < :cut",
    ),
    (
        "shipped_changes",
        ("repository_id", "service", "kind", "key"),
        f"t.shipped_at < :cut AND {IS_FROZEN} AND {IS_SETTLED}",
    ),
    (
        "changes",
        ("repository_id", "kind", "key"),
        f"t.merged_at < :cut AND {IS_FROZEN} AND {IS_SETTLED} AND NOT EXISTS (SELECT FROM shipped_changes s "
        "WHERE s.repository_id = t.repository_id AND s.kind = t.kind AND s.key = t.key)",
    ),
    (
        "touched_services",
        ("repository_id", "kind", "key", "service"),
        f"t.at < :cut AND {IS_FROZEN}",
    ),
    (
        "link_notes",
        ("repository_id", "kind", "subject"),
        f"t.at < :cut AND {IS_FROZEN}",
    ),
    (
        "incidents",
        ("id",),
        # One of no repository is of nobody's history.
        "t.closed_at < :cut AND NOT EXISTS (SELECT FROM repositories r WHERE r.first_event_at < :cut "
        "AND r.facts_since IS NULL AND r.id IN (t.repository_id, t.linked_repository_id))",
    ),
)


# Reports must know before it is true: what is there and not counted one by one is in the sums.
BEGIN_LATER = text("""
    UPDATE repositories SET facts_since = greatest(facts_since, :facts_since),
        weeks_since = CASE WHEN first_event_at < :weeks_since THEN greatest(weeks_since, :weeks_since) END
    WHERE first_event_at < :facts_since AND created_at < :new_since
        AND (coalesce(facts_since, '-infinity') < :facts_since
            OR first_event_at < :weeks_since AND coalesce(weeks_since, '-infinity') < :weeks_since)
""").bindparams(
    *(bindparam(name, type_=DateTime(timezone=True)) for name in ("facts_since", "weeks_since", "new_since"))
)


async def begin_later(engine: AsyncEngine, facts_since: datetime, weeks_since: datetime, new_since: datetime) -> None:
    """Keep in mind since when facts one by one, and weeks, are there (midnight UTC, Mondays)."""
    moments = {"facts_since": facts_since, "weeks_since": weeks_since, "new_since": new_since}
    async with engine.begin() as connection:
        await connection.execute(BEGIN_LATER, moments)


async def drop_facts(engine: AsyncEngine, cut: datetime) -> int:
    total = 0
    for table, key, condition in FACTS:
        total += await delete_in_batches(engine, table, key, condition, {"cut": cut})
    return total


async def drop_aggregates(engine: AsyncEngine, facts_since: datetime, weeks_since: datetime) -> int:
    """Days, then weeks; months are kept for ever."""
    total = 0
    for name, bucket, cut in (
        # Whole months, so that days and months together are all.
        ("daily_commit_stats", "day", facts_since.replace(day=1)),
        ("weekly_dora_metrics", "week", weeks_since),
    ):
        async with engine.connect() as connection:
            stores = await find_stores(connection, name)
        for store in stores:
            # A date in a table, a moment beside a continuous aggregate: both compare with a moment.
            old = f"t.{bucket} < CAST(:cut AS timestamptz) AND {IS_FROZEN}"
            total += await delete_in_batches(engine, store, (bucket, "repository_id"), old, {"cut": cut})
    return total
