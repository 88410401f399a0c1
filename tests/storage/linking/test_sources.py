"""Choosing what a deployment is: all history of the chosen source counts, and of the others nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.demo.company import Delivery
from handlers.reading import read_delivery
from storage.facts import write_records
from storage.linking import relink
from storage.records import DeploymentStatus, Record
from storage.repository_settings import SettingsChange, change_settings
from tests.storage.linking.test_relink import LINES, rows
from tests.stories.timeline import begin


def read(deliveries: Iterable[Delivery]) -> list[Record]:
    return [
        record
        for delivery in deliveries
        for record in read_delivery(delivery.provider, delivery.event, delivery.body, delivery.at)
    ]


async def write(connection: AsyncConnection, organization_id: UUID, records: list[Record]) -> set[UUID]:
    return (await write_records(connection, organization_id, records)).repositories


async def test_merges_become_deployments_when_they_are_chosen_and_go_when_they_are_not(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    timeline = begin("github")
    lines: list[dict[str, Any]] = [
        LINES[0],
        {"at": "d1 10:00", "push": "feature", "onto": "main", "commits": ["f1"]},
        {"at": "d1 11:00", "open": 12, "head": "feature"},
        {"at": "d9 12:00", "merge": 12, "how": "squash"},
    ]
    records = read(delivery for line in lines for delivery in timeline.tell(line))
    merges = "SELECT provider_key, outcome, environment, sha FROM deployments"
    async with engine.begin() as connection:
        [repository] = await write(connection, organization_id, records)
        assert await relink(connection, [repository]) == set()
        await choose(connection, organization_id, "merge")
        assert await rows(connection, merges) == [("merge:12", "succeeded", "production", timeline.git.find("s12"))]
        # By this a person finds it to mark it.
        keys = "SELECT provider_key FROM deployment_keys"
        assert await rows(connection, keys) == [("merge:12",)]
        assert await relink(connection, [repository]) == set()
        shipped = await rows(connection, "SELECT key, lead_time_seconds FROM shipped_changes WHERE kind <> 'commit'")
        assert shipped == [("12", (8 * 24 + 2) * 3600)]
        weeks = "SELECT week::date, deployment_count FROM weekly_dora_metrics"
        assert await rows(connection, weeks) == [(date(2026, 3, 9), 1)]
        await choose(connection, organization_id, "deployments")
        assert await rows(connection, merges) == []
        assert await rows(connection, keys) == []
        assert await rows(connection, weeks) == []


async def test_a_source_that_was_chosen_counts_all_its_history_and_one_that_was_not_leaves_none(
    engine: AsyncEngine, organization_id: UUID
) -> None:
    timeline = begin("github")
    told = read(delivery for line in LINES for delivery in timeline.tell(line))
    [status] = [record for record in told if isinstance(record, DeploymentStatus) and record.status == "success"]
    run = replace(status, provider_key="workflow_run:9", source="workflow", workflow="Deploy")
    counted = "SELECT provider_key FROM deployments WHERE outcome IS NOT NULL ORDER BY 1"
    async with engine.begin() as connection:
        [repository] = await write(connection, organization_id, told)
        await relink(connection, [repository])
        before = await rows(connection, "SELECT * FROM deployments ORDER BY provider_key")
        # What nobody has chosen costs no linking.
        assert await write(connection, organization_id, [run]) == set()
        assert await rows(connection, counted) == [("deployment:1",), ("deployment:2",)]

        await choose(connection, organization_id, "workflow", "Deploy")
        assert await rows(connection, counted) == [("workflow_run:9",)]
        later = replace(run, provider_key="workflow_run:10", workflow="Test")
        assert await write(connection, organization_id, [later]) == {repository}

        await choose(connection, organization_id, "deployments")
        now = await rows(connection, "SELECT * FROM deployments WHERE source = 'deployments' ORDER BY provider_key")
        assert now == before
        assert await rows(connection, counted) == [("deployment:1",), ("deployment:2",)]


async def choose(connection: AsyncConnection, organization_id: UUID, source: str, *workflows: str) -> None:
    """As an administrator does; it links again."""
    change = SettingsChange(source, workflows)
    await change_settings(connection, organization_id, "github", "parcelway/api", change, "cli:test")
