"""A deployment is what all its statuses say, in whatever order they come."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts import write_records
from storage.facts.deployments import DeploymentRow, deployment_row, merge_deployments
from storage.facts.registers import fold
from storage.records import DeploymentStatus
from tests.storage.facts.samples import at, query, repository, status


def told(statuses: Any) -> DeploymentRow:
    rows = (deployment_row(status, UUID(int=1), {}) for status in statuses)
    (row,) = fold(rows, lambda row: row.provider_key, merge_deployments).values()
    return row


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        pytest.param(
            [status("in_progress", 0), status("success", 2)],
            {"status": "success", "finished_at": at(2), "time": at(2), "started_at": at(0), "duration_seconds": 120},
            id="a plain success",
        ),
        pytest.param(
            [status("failed", 1), status("success", 2)],
            {"status": "success", "finished_at": at(1), "first_failed_at": at(1), "first_succeeded_at": at(2)},
            id="failed, then success: it finished failed at the first",
        ),
        pytest.param(
            [status("success", 1), status("success", 9)],
            {"finished_at": at(1), "time": at(1)},
            id="a second success changes nothing",
        ),
        pytest.param(
            [status("success", 1), status("in_progress", 5)],
            {"status": "success", "finished_at": at(1), "started_at": at(5), "duration_seconds": None},
            id="running again does not reset it",
        ),
        pytest.param(
            [status("in_progress", 0), status("canceled", 3)],
            {"status": "canceled", "finished_at": None, "time": at(0), "duration_seconds": None},
            id="canceled finishes nothing",
        ),
        pytest.param(
            [status("failed", 1.0001), status("success", 1)],
            {"status": "success"},
            id="within one second failed comes before success",
        ),
        pytest.param(
            [status("in_progress", 0, sha="a" * 40), status("success", 2, sha=None)],
            {"sha": "a" * 40},
            id="a status that does not tell takes nothing away",
        ),
        pytest.param(
            [status("success", 2, started_at=at(-60 * 24 * 365 * 90))],
            {"duration_seconds": None},
            id="a duration that no column holds is unknown",
        ),
    ],
)
def test_what_statuses_say(statuses: list[DeploymentStatus], expected: dict[str, Any]) -> None:
    for order in permutations(statuses):
        row = told(order)
        assert {name: getattr(row, name) for name in expected} == expected


async def test_finishing_moves_the_row_and_keeps_what_linking_wrote(engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        await write_records(connection, organization_id, [repository(), status("in_progress", 0)])
        await connection.execute(text("UPDATE deployments SET outcome = 'succeeded', service = 'api', rollback = true"))
        touched = await write_records(connection, organization_id, [status("success", 60 * 24 * 7)])
        (row,) = await query(connection, "SELECT time, outcome, service, rollback FROM deployments")
        (key,) = await query(connection, "SELECT time FROM deployment_keys")
    assert row == {"time": at(60 * 24 * 7), "outcome": "succeeded", "service": "api", "rollback": True}
    assert key["time"] == row["time"]
    assert len(touched.deployment_weeks) == 2
