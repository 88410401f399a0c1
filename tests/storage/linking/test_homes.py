"""Incidents that name something of another repository, or come from nowhere: told through the worker, in any order."""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.process import Worker
from storage.incident_services import Mapped, map_source
from storage.linking.homes import OF_REPOSITORIES
from tests.benchmarks.scale.measuring import rows_of_scans
from tests.handlers.deliveries import START, deployment_status, moment, repository, sha
from tests.handlers.queue import query, store

FAILED = """
    SELECT path || ' ' || d.provider_key FROM deployments AS d JOIN repositories AS r ON r.id = repository_id
    WHERE outcome = 'failed' ORDER BY 1
"""
UNLINKED = "SELECT subject FROM link_notes WHERE kind = 'incident_without_deployment' ORDER BY 1"


def issue(number: int, opened: datetime, *, of: int = 1, action: str = "opened", **fields: Any) -> dict[str, Any]:
    told = {"number": number, "created_at": opened.isoformat(), "updated_at": opened.isoformat(), "title": "Down"}
    told |= {"labels": [{"name": "incident"}], **fields}
    return {"action": action, "issue": told, "repository": repository(of), "label": {"name": "incident"}}


def incident(number: int, opened: datetime, **fields: Any) -> dict[str, Any]:
    return {"type": "incident", "id": number, "state": "opened", "at": opened.isoformat(), **fields}


async def tell(engine: AsyncEngine, organization_id: UUID, *deliveries: tuple[str, Any]) -> None:
    for event, body in deliveries:
        provider = "generic" if event == "incident" else "github"
        await store(engine, organization_id, (event, body), provider=provider)
        await settle(engine)


async def settle(engine: AsyncEngine) -> None:
    """As a worker does until nothing is left: what was postponed is linked when nothing waits."""
    while await Worker(engine).work():
        pass


async def failed(engine: AsyncEngine) -> list[str]:
    return [row[0] for row in await query(engine, FAILED)]


def after(number: int, hours: float) -> datetime:
    return START + timedelta(minutes=number, hours=hours)


@pytest.mark.parametrize(("hours", "blamed"), [(0, True), (71, True), (72, True), (72.1, False), (-1, False)])
async def test_an_issue_is_put_down_to_what_went_live_at_most_72_hours_before(
    engine: AsyncEngine, organization_id: UUID, hours: float, blamed: bool
) -> None:
    deliveries = [("deployment_status", deployment_status(1)), ("issues", issue(7, after(1, hours)))]
    await tell(engine, organization_id, *deliveries)
    assert (await failed(engine) == ["octo/app-1 deployment:1"]) == blamed
    assert await query(engine, UNLINKED) == ([] if blamed else [("issue:7",)])


TOLD: Sequence[tuple[str, Any]] = [
    ("deployment_status", deployment_status(1, of=1)),
    ("deployment_status", deployment_status(2, of=2)),
    ("issues", issue(7, after(2, 500), of=2, body=f"Caused by: {sha(1)}")),
]


async def test_an_issue_elsewhere_is_put_down_to_the_commit_that_it_names_in_any_order(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """Long after, and although its own repository deployed last."""
    for deliveries in itertools.permutations(TOLD):
        await tell(engine, organization_id, *deliveries)
        assert await failed(engine) == ["octo/app-1 deployment:1"], [event for event, _ in deliveries]
        [evidence] = await query(engine, "SELECT source, url IS NULL FROM deployment_evidence WHERE kind = 'incident'")
        assert evidence == ("octo/app-2 issue:7", True)
        await query_nothing(engine, "TRUNCATE repositories CASCADE")


async def query_nothing(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(statement)


async def test_an_incident_counts_once_whatever_happens_to_it(engine: AsyncEngine, organization_id: UUID) -> None:
    told = [("deployment_status", deployment_status(1))]
    for hours, action, fields in (
        (1, "opened", {}),
        (2, "edited", {"title": "Down again"}),
        (3, "closed", {"closed_at": after(1, 3).isoformat()}),
        (4, "reopened", {}),
        (5, "labeled", {}),
        (6, "closed", {"closed_at": after(1, 6).isoformat()}),
    ):
        changed: dict[str, Any] = {"updated_at": after(1, hours).isoformat(), **fields}
        told.append(("issues", issue(7, after(1, 1), action=action, **changed)))
    await tell(engine, organization_id, *told[::-1], *told)

    recovery = "SELECT extract(epoch FROM recovered_at - failed_at) / 3600 FROM deployments WHERE outcome = 'failed'"
    assert await query(engine, recovery) == [(5,)]
    deleted = issue(7, after(1, 1), action="deleted", updated_at=after(1, 6).isoformat())
    await tell(engine, organization_id, ("issues", deleted), *told)
    assert await failed(engine) == []


async def test_several_incidents_on_one_deployment_count_once_until_the_last_is_over(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    closed = [(7, 1, 2), (8, 2, 5), (9, 3, 4)]
    issues = [
        ("issues", issue(number, after(1, opened), closed_at=after(1, ends).isoformat()))
        for number, opened, ends in closed
    ]
    await tell(engine, organization_id, ("deployment_status", deployment_status(1)), *issues)
    hours = "max(extract(epoch FROM recovered_at - failed_at)) / 3600"
    row = f"SELECT count(*), {hours} FROM deployments WHERE counts_recovery"
    assert await query(engine, row) == [(1, 4)]
    assert await query(engine, "SELECT failed_count FROM weekly_dora_metrics") == [(1,)]


async def test_another_tools_incident_finds_its_place_by_service_or_by_what_its_source_is_mapped_to(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    deployments = [("deployment_status", deployment_status(number, of=number)) for number in (1, 2, 3)]
    await tell(engine, organization_id, *deployments)
    await tell(engine, organization_id, ("incident", incident(1, after(1, 1), service="APP-1")))
    assert await failed(engine) == ["octo/app-1 deployment:1"]
    await tell(engine, organization_id, ("incident", incident(2, after(1, 1), service="Unheard of")))
    assert await failed(engine) == ["octo/app-1 deployment:1"]
    assert await query(engine, "SELECT linked_repository_id FROM incidents WHERE service LIKE 'U%'") == [(None,)]

    async with engine.begin() as connection:
        for path in ("octo/app-2", "octo/app-3"):
            # A delivery without a connection has the provider's public host for one.
            mapped = Mapped("generic", "github", path, "")
            await map_source(connection, organization_id, mapped, "cli:ana")
    await settle(engine)
    assert await failed(engine) == ["octo/app-1 deployment:1", "octo/app-3 deployment:3"]

    closed = {**incident(2, after(1, 1)), "state": "closed", "at": after(1, 3).isoformat()}
    await tell(engine, organization_id, ("incident", closed))
    assert await query(
        engine, "SELECT recovered_at IS NOT NULL FROM deployments WHERE provider_key = 'deployment:3'"
    ) == [(True,)]


async def test_an_incident_names_a_deployment_by_its_number(engine: AsyncEngine, organization_id: UUID) -> None:
    deployments = [("deployment_status", deployment_status(number)) for number in (1, 2)]
    named = {"deployment": 1, "repository": {"provider": "github", "path": "octo/app-1"}}
    await tell(engine, organization_id, ("incident", incident(1, after(2, 900), **named)), *deployments)
    assert await failed(engine) == ["octo/app-1 deployment:1"]


@pytest.mark.parametrize(("opened", "blamed"), [(5, ["octo/app-1 deployment:1"]), (25, [])])
async def test_a_repository_that_was_deleted_keeps_the_incidents_of_its_time(
    engine: AsyncEngine, organization_id: UUID, opened: float, blamed: list[str]
) -> None:
    """Also one that is told, or told again, after the deletion."""
    of_1 = [
        incident(number, after(1, opened), **named)
        for number, named in enumerate(({"sha": sha(1)}, {"service": "app-1"}))
    ]
    await tell(engine, organization_id, ("deployment_status", deployment_status(1)))
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE repositories SET deleted_at = :at"), {"at": after(1, 20)})
    for told in of_1:
        await tell(engine, organization_id, ("incident", told))
        assert await failed(engine) == blamed
    again = {**of_1[0], "state": "resolved", "at": after(1, opened + 1).isoformat()}
    await tell(engine, organization_id, ("incident", again))
    assert await failed(engine) == blamed


def test_the_deliveries_are_minutes_apart() -> None:
    assert moment(1) == after(1, 0).isoformat()


async def test_linking_a_repository_reads_no_incident_that_names_something_else(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    """However many incidents a tool has told."""
    await tell(engine, organization_id, ("deployment_status", deployment_status(1)))
    told = """
        INSERT INTO incidents (id, organization_id, provider, provider_key, service, opened_at, seen_at, is_incident)
        SELECT gen_random_uuid(), :organization_id, 'generic', 'incident:' || number || ':' || 'tool',
            CASE WHEN number % 2 = 0 THEN 'service-' || number END, now(), now(), true
        FROM generate_series(1, 3000) AS number
    """
    async with engine.begin() as connection:
        await connection.execute(text(told), {"organization_id": organization_id})
        await connection.exec_driver_sql("ANALYZE incidents")
        # The planner has to be told that the table is large.
        await connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        ids = list(await connection.scalars(text("SELECT id FROM repositories")))
        explained = await connection.execute(
            text(f"EXPLAIN (ANALYZE, FORMAT JSON) {OF_REPOSITORIES.text}"), {"ids": ids}
        )
        assert sum(rows_of_scans(explained.scalar_one()[0]["Plan"])) < 10
