"""What `make bench-scale` measures is what it says it is."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.benchmarks.scale.loading import COMMITS_PER_DAY, THREE_YEARS, load
from tests.benchmarks.scale.measuring import measure, questions, rows_of_scans

# A Monday: the raw rows begin at a Monday's midnight 90 to 96 days before.
NOW = datetime(2026, 11, 2, tzinfo=UTC)


async def test_every_question_is_answered_from_the_rows_of_its_team(engine: AsyncEngine, organization_id: UUID) -> None:
    await load(engine, organization_id, 2, 1, NOW)
    async with engine.connect() as connection:
        counts = {
            table: await connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))
            for table in ("commits", "changes", "shipped_changes", "pull_requests", "deployments")
        }
        deployed, failed = (
            await connection.execute(
                sa.text("SELECT sum(deployment_count), sum(failed_count) FROM weekly_dora_metrics")
            )
        ).one()
    assert 2 * 90 * COMMITS_PER_DAY <= counts.pop("commits") <= 2 * 97 * COMMITS_PER_DAY
    assert counts == {
        "changes": 2 * THREE_YEARS.changes,
        "shipped_changes": 2 * THREE_YEARS.changes,
        "pull_requests": 2 * THREE_YEARS.changes,
        "deployments": 2 * THREE_YEARS.deployments,
    }
    assert (deployed, failed) == (2 * THREE_YEARS.deployments, 2 * THREE_YEARS.deployments // 10)
    for question, ask in questions(engine, organization_id, NOW).items():
        [measured] = await measure([(engine, ask)], 2)
        assert 0 < measured.median <= measured.p95, question
        # Of a month at least the commits of one repository, once.
        assert measured.rows_read > 7 * COMMITS_PER_DAY, question


def test_rows_that_a_filter_left_out_were_read_too() -> None:
    scan = {"Relation Name": "commits", "Actual Rows": 3, "Actual Loops": 2, "Rows Removed by Filter": 4}
    assert sum(rows_of_scans({"Plans": [scan, {"Plans": [scan]}]})) == 28
