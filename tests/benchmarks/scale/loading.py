"""Three years of many repositories, written by the database itself.

Each repository has 50 commits a day for 90 days, and in three years 500 changes and 200 deployments, of which every
tenth failed; the aggregates are of the same three years. Every repository has its own phase, so that the rows of all
lie among each other, as they arrive.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.aggregates import AGGREGATES
from storage.retention.horizons import monday_before


class Size(NamedTuple):
    """Of one repository: its length, and what happens in it."""

    days: int
    changes: int
    deployments: int


THREE_YEARS = Size(days=1096, changes=500, deployments=200)
RAW_DAYS, COMMITS_PER_DAY = 90, 50

REPOSITORIES = """
    INSERT INTO repositories (id, organization_id, name, path, provider, host, provider_id, url, default_branch,
        seen_at, first_event_at, frozen_before)
    SELECT gen_random_uuid(), :organization_id, number, 'acme/' || number, 'github', 'github.com', number,
        'https://github.com/acme/' || number, 'main', :now,
        CAST(:now AS timestamptz) - :days * interval '1 day', :horizon
    FROM generate_series(1, :repositories) AS number
"""
TEAM = """
    WITH team AS (
        INSERT INTO teams (organization_id, slug, name, added_by)
        VALUES (:organization_id, 'platform', 'Platform', 'person') RETURNING id
    )
    INSERT INTO team_repositories (team_id, repository_id, added_by)
    SELECT team.id, repositories.id, 'person' FROM team, repositories
    WHERE CAST(repositories.provider_id AS int) <= :owned
"""
# Times are spread over the days evenly; ordered as they would have arrived.
FACTS = """
    CREATE TEMPORARY TABLE {name} AS
    SELECT id, number, at FROM repositories, generate_series(1, {count}) AS number,
        LATERAL (SELECT CAST(:now AS timestamptz) - ({days} * (number - CAST(provider_id AS int) % 97 / 97.0) / {count})
            * interval '1 day' AS at) AS moments
    ORDER BY at
"""
ROWS = (
    """
    INSERT INTO commits (time, repository_id, commit_sha, time_source, on_default_branch, lines_added, lines_deleted,
        message)
    SELECT at, id, lpad(to_hex(number), 40, '0'), 'push', true, 12, 5, 'Work on it' FROM raw WHERE at >= :horizon
    """,
    """
    INSERT INTO commit_keys (repository_id, commit_sha, time)
    SELECT repository_id, commit_sha, time FROM commits
    """,
    """
    INSERT INTO pull_requests (time, repository_id, pr_number, state, seen_at, merged_at, closed_at, ready_at,
        first_commit_at, first_review_at, shipped_at, is_change, frozen, title, lines_added, lines_deleted,
        review_comments, body)
    SELECT at - interval '2 days', id, number, 'merged', at, at, at, at - interval '2 days', at - interval '3 days',
        at - interval '1 day', at + interval '2 hours', true, at < :horizon, 'Change ' || number, 40, 20, 2,
        CASE WHEN at >= :horizon THEN repeat(md5(CAST(number AS text)), 20) END
    FROM merged
    """,
    """
    INSERT INTO changes (repository_id, kind, key, first_commit_at, merged_at, title)
    SELECT id, 'pull_request', number, at - interval '3 days', at, 'Change ' || number FROM merged
    """,
    """
    INSERT INTO shipped_changes (repository_id, service, kind, key, deployment_key, shipped_at, first_commit_at,
        lead_time_seconds, earliest)
    SELECT id, '', 'pull_request', number, 'deployment:' || 1 + number * :deployments / :changes,
        at + interval '2 hours', at - interval '3 days', 266400, true
    FROM merged
    """,
    """
    INSERT INTO deployments (time, repository_id, provider_key, environment, environment_name, status, status_at,
        started_at, finished_at, duration_seconds, outcome, failed_at, recovered_at, counts_recovery, frozen)
    SELECT at, id, 'deployment:' || number, 'production', 'production', 'success', at, at - interval '5 minutes', at,
        300, CASE WHEN number % 10 = 0 THEN 'failed' ELSE 'succeeded' END, CASE WHEN number % 10 = 0 THEN at END,
        CASE WHEN number % 10 = 0 THEN at + interval '1 hour' END, number % 10 = 0, at < :horizon
    FROM deployed
    """,
    """
    INSERT INTO deployment_evidence (repository_id, provider_key, kind, source, at, decides)
    SELECT id, 'deployment:' || number, 'status', '', at, true FROM deployed WHERE number % 10 = 0
    """,
    """
    INSERT INTO daily_commit_stats
    SELECT CAST(day AS date), id, 50, 600, 250
    FROM repositories, generate_series(:horizon - :days * interval '1 day', :horizon - interval '1 day', '1 day') AS day
    """,
    """
    INSERT INTO daily_commit_stats
    SELECT CAST(time AT TIME ZONE 'UTC' AS date), repository_id, count(*), sum(lines_added), sum(lines_deleted)
    FROM commits GROUP BY 1, 2 ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO monthly_commit_stats
    SELECT CAST(date_trunc('month', CAST(day AS timestamp)) AS date), repository_id, sum(commit_count),
        sum(total_lines_added), sum(total_lines_deleted)
    FROM daily_commit_stats GROUP BY 1, 2
    """,
    *(
        f"""
        INSERT INTO {name}
        SELECT CAST(date_trunc('{AGGREGATES[name].bucket}', time AT TIME ZONE 'UTC') AS date), repository_id, count(*),
            avg(duration_seconds), count(*) FILTER (WHERE outcome = 'failed')
        FROM deployments GROUP BY 1, 2
        """
        for name in ("weekly_dora_metrics", "monthly_dora_metrics")
    ),
)


async def load(
    engine: AsyncEngine,
    organization_id: UUID,
    repositories: int,
    owned: int,
    now: datetime,
    size: Size = THREE_YEARS,
) -> None:
    """Into an empty, plain database; the team `platform` owns the first `owned` of the repositories."""
    parameters = {
        "organization_id": organization_id,
        "repositories": repositories,
        "owned": owned,
        "now": now,
        "horizon": monday_before(now - timedelta(days=RAW_DAYS)),
        **size._asdict(),
    }
    # Raw rows begin at the Monday before.
    days = RAW_DAYS + 7
    facts = {
        "raw": (days * COMMITS_PER_DAY, days),
        "merged": (size.changes, size.days),
        "deployed": (size.deployments, size.days),
    }
    async with engine.begin() as connection:
        for statement in (REPOSITORIES, TEAM):
            await _run(connection, statement, parameters)
        for name, (count, length) in facts.items():
            await _run(connection, FACTS.format(name=name, count=count, days=length), parameters)
        for statement in ROWS:
            await _run(connection, statement, parameters)
        for name in facts:
            await connection.execute(sa.text(f"DROP TABLE {name}"))


async def settle(engine: AsyncEngine) -> None:
    """Autovacuum would do it within a minute."""
    async with engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(sa.text("VACUUM ANALYZE"))


async def _run(connection: AsyncConnection, statement: str, parameters: dict[str, object]) -> None:
    text = sa.text(statement)
    types: dict[str, Any] = {
        "now": sa.DateTime(timezone=True),
        "horizon": sa.DateTime(timezone=True),
        "days": sa.Integer(),
        "changes": sa.Integer(),
        "deployments": sa.Integer(),
    }
    names = set(text.compile().params)
    text = text.bindparams(*(sa.bindparam(name, type_=kind) for name, kind in types.items() if name in names))
    await connection.execute(text, {name: parameters[name] for name in names})
