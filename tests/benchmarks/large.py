"""How long linking one enormous repository takes: each of its batches links all that is kept of it again."""

from datetime import UTC, datetime
from uuid import UUID

import psutil
from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking import relink
from storage.migrate import ensure_organization
from tests.benchmarks.processes import watching
from tests.benchmarks.setting import Setting, say

PUSHES = 60_000
DAYS = 90

REPOSITORY = """
    INSERT INTO repositories (organization_id, name, path, provider, host, provider_id, default_branch, first_event_at)
    VALUES (:organization_id, 'monorepo', 'parcelway/monorepo', 'github', 'github.com', '7', 'main',
        CAST(:now AS timestamptz) - :days * interval '1 day')
    RETURNING id
"""
# A branch of two commits, its squash on the default branch, and its deployment, of which every 17th fails.
MADE = """
    CREATE TEMPORARY TABLE made AS
    SELECT number, at, sha('first', number) AS first, sha('second', number) AS second, sha('squash', number) AS squash,
        CASE WHEN number > 1 THEN sha('squash', number - 1) ELSE '' END AS before
    FROM generate_series(1, :changes) AS number,
        LATERAL (SELECT CAST(:now AS timestamptz)
            - :days * interval '1 day' * (1 - number / (:changes + 1.0)) AS at) AS moments
"""
SHA = """
    CREATE FUNCTION pg_temp.sha(kind text, number bigint) RETURNS text IMMUTABLE LANGUAGE sql
    AS $$ SELECT md5(kind || number) || left(md5(number || kind), 8) $$
"""
ROWS = (
    """
    INSERT INTO commits (time, repository_id, commit_sha, time_source, on_default_branch, message)
    SELECT at - interval '1 hour', :id, sha, 'push', sha = squash, 'Work on it'
    FROM made, unnest(ARRAY[first, second, squash]) AS sha
    """,
    """
    INSERT INTO pushes (repository_id, ref, after, time, commit_shas)
    SELECT :id, 'refs/heads/change-' || number, second, at - interval '1 hour', ARRAY[first, second] FROM made
    """,
    """
    INSERT INTO pushes (repository_id, ref, before, after, time, commit_shas, on_default_branch)
    SELECT :id, 'refs/heads/main', before, squash, at, ARRAY[squash], true FROM made
    """,
    """
    INSERT INTO pull_requests (time, repository_id, pr_number, state, seen_at, merged_at, closed_at, base_ref, head_ref,
        head_repository, head_sha, merge_sha, commit_count, title, body)
    SELECT at - interval '1 hour', :id, number, 'merged', at, at, at, 'main', 'change-' || number, '7', second, squash,
        2, 'Change ' || number, repeat(md5(CAST(number AS text)), 30)
    FROM made
    """,
    """
    INSERT INTO deployments (time, repository_id, provider_key, environment_name, status, status_at, finished_at,
        first_succeeded_at, first_failed_at, sha, ref)
    SELECT done, :id, 'deployment:' || number, 'production', CASE WHEN fails THEN 'failed' ELSE 'success' END, done,
        done, CASE WHEN NOT fails THEN done END, CASE WHEN fails THEN done END, squash, 'main'
    FROM made, LATERAL (SELECT at + interval '8 minutes' AS done, number % 17 = 0 AS fails) AS ended
    """,
)


async def measure_large_repository(setting: Setting) -> None:
    """Link it once, when all is new, and then again, as every batch of its deliveries does."""
    async with setting.engine.begin() as connection:
        repository_id = await _make(connection, await ensure_organization(connection, "default"))
    async with setting.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))
    for name in ("linking", "linking again"):
        async with setting.engine.begin() as connection:
            with watching(application=psutil.Process().pid, postgresql=setting.server) as usage:
                await relink(connection, [repository_id])
        say(f"  {name} a repository of {PUSHES:,} pushes: {usage.seconds:.1f} s\n    processors: {usage.spent()}")


async def _make(connection: AsyncConnection, organization_id: UUID) -> UUID:
    now = bindparam("now", type_=DateTime(timezone=True))
    parameters = {"now": datetime.now(UTC), "days": DAYS}
    of = {"organization_id": organization_id, **parameters}
    repository_id: UUID = (await connection.execute(text(REPOSITORY).bindparams(now), of)).scalar_one()
    await connection.execute(text(SHA))
    made = text(MADE.replace("sha(", "pg_temp.sha(")).bindparams(now)
    await connection.execute(made, {"changes": PUSHES // 2, **parameters})
    for statement in ROWS:
        await connection.execute(text(statement), {"id": repository_id})
    return repository_id
