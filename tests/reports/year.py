"""A year of facts, so many that it matters how they are found."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.aggregates import AGGREGATES
from storage.continuous import find_stores
from storage.migrate import ensure_organization
from tests.reports.filling import Filling

# A year of 40 repositories, one fact of each kind every half an hour.
FILL = """
    CREATE TEMPORARY TABLE facts ON COMMIT DROP AS
        SELECT number, '2026-11-09'::timestamptz - number * interval '30 minutes' AS at, ids[1 + number % 40] AS id
        FROM generate_series(1, 17520) AS number, (SELECT array_agg(id ORDER BY id) AS ids FROM repositories) AS known;
    INSERT INTO commits (time, repository_id, commit_sha, time_source, on_default_branch, message)
        SELECT at, id, number::text, 'push', true, repeat(md5(number::text), 40) FROM facts;
    INSERT INTO pull_requests (time, repository_id, pr_number, state, seen_at, merged_at, closed_at, ready_at,
            first_commit_at, is_change, body)
        SELECT at - interval '2 days', id, number, CASE WHEN number % 50 = 0 THEN 'open' ELSE 'merged' END, at,
            CASE WHEN number % 50 > 0 THEN at END, CASE WHEN number % 50 > 0 THEN at END, at - interval '2 days',
            at - interval '3 days', number % 50 > 0, repeat(md5(number::text), 40)
        FROM facts;
    INSERT INTO deployments (time, repository_id, provider_key, environment, environment_name, status, status_at,
            finished_at, outcome, failed_at, recovered_at, counts_recovery)
        SELECT at, id, 'deployment:' || number, 'production', 'production', 'success', at, at,
            CASE WHEN number % 10 = 0 THEN 'failed' ELSE 'succeeded' END, CASE WHEN number % 10 = 0 THEN at END,
            CASE WHEN number % 10 = 0 THEN at + interval '1 hour' END, number % 10 = 0
        FROM facts;
    INSERT INTO deployment_evidence (repository_id, provider_key, kind, source, at, decides)
        SELECT id, 'deployment:' || number, 'status', '', at, true FROM facts WHERE number % 10 = 0;
    INSERT INTO changes (repository_id, kind, key, first_commit_at, merged_at)
        SELECT id, 'pull_request', number::text, at - interval '3 days', at FROM facts;
    INSERT INTO shipped_changes (repository_id, service, kind, key, deployment_key, shipped_at, first_commit_at,
            lead_time_seconds, earliest)
        SELECT id, '', 'pull_request', number::text, 'deployment:' || number, at, at - interval '3 days', 259200, true
        FROM facts;
    INSERT INTO touched_services (repository_id, kind, key, service, at)
        SELECT id, 'commit', number::text, 'checkout', at FROM facts;
    INSERT INTO link_notes (repository_id, kind, subject, at) SELECT id, 'canceled', number::text, at FROM facts;
    INSERT INTO review_requests (repository_id, pr_number, reviewer, name, requested, seen_at)
        SELECT id, number, 'account:1', 'grace', true, at FROM facts;
    INSERT INTO webhook_deliveries (organization_id, provider, delivery_key, event, state)
        SELECT (SELECT id FROM organizations WHERE slug = 'default'), 'github', number::text, 'push', 'done' FROM facts
"""


async def fill(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        filling = Filling(connection, await ensure_organization(connection, "default"))
        for number in range(40):
            await filling.repository(f"acme/{number}")
        for statement in FILL.split(";"):
            await connection.execute(sa.text(statement))
        for name, aggregate in AGGREGATES.items():
            store = (await find_stores(connection, name))[0]
            # Of a table of a few pages it is nothing to read all.
            years = {"day": 0, "week": 5, "month": 25}[aggregate.bucket]
            buckets = (
                f"SELECT DISTINCT date_trunc('{aggregate.bucket}', day - years * interval '1 year')::date, id, 1, 1, 1 "
                "FROM (SELECT DISTINCT date_trunc('day', at) AS day, id FROM facts) AS days, "
                f"generate_series(0, {years}) AS years"
            )
            await connection.execute(
                sa.text(f"INSERT INTO {store} ({aggregate.bucket}, repository_id, {aggregate.names}) {buckets}")
            )
        await connection.execute(sa.text("ANALYZE"))
