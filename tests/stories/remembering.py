"""Writing what arrives of invented lives, reading all that is told of them, and comparing it."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.reading import read_delivery
from reports.digest import weekly_digest
from reports.numbers import METRICS
from reports.report_json import report_as_json
from reports.scope import TeamScope, find_team
from reports.team_report import team_report
from reports.windows import window_between
from storage.aggregates import AGGREGATES
from storage.migrate import ensure_organization
from tests.storage.telling import count

if TYPE_CHECKING:
    from tests.stories.lives import Told

# What is longer is told as a whole.
SHORT = 20


async def write(engine: AsyncEngine, told: "Sequence[Told]") -> None:
    records = [
        record
        for one in told
        if one.delivery is not None
        for record in read_delivery(
            one.delivery.provider, one.delivery.event, one.delivery.body, one.at, host="gitlab.parcelway.example"
        )
    ]
    async with engine.begin() as connection:
        await count(connection, await ensure_organization(connection, "default"), records)


async def _everybody(connection: AsyncConnection) -> TeamScope:
    scope = await find_team(connection, await ensure_organization(connection, "default"), "everybody")
    assert scope is not None
    return scope


async def of_a_window(engine: AsyncEngine, start: datetime, end: datetime, zone: str, now: datetime) -> dict[str, Any]:
    async with engine.connect() as connection:
        scope, window = await _everybody(connection), window_between(start, end, zone)
        report = await team_report(connection, scope, window, now)
        found = {"report": json.loads(json.dumps(report_as_json(report)))}
        found["waiting"] = [(one.repository, one.number, one.waiting_seconds) for one in report.waiting]
        for name, metric in METRICS.items():
            items = await metric.evidence(connection, scope.sources, window)
            # Among equals they are in the order of the repositories' ids, which are others in each database.
            told = [(one.repository, one.subject, one.at, one.counted_as, one.seconds) for one in items]
            found[f"evidence of {name}"] = sorted(told, key=str)
    return found


def without_what_is_kept(found: dict[str, Any]) -> dict[str, Any]:
    """But for what is known to be counted otherwise when rows are gone: remarks, and commits, by days of UTC."""
    report = {
        key: value for key, value in found["report"].items() if key not in ("data_quality", "previous", "commits")
    }
    if report["window"]["timezone"] == "UTC":
        commits = found["report"]["commits"]
        report["commits"] = {name: value for name, value in commits.items() if name != "lines_unknown"}
    return {**found, "report": report, "evidence of commits": None}


async def of_a_digest(engine: AsyncEngine, now: datetime) -> dict[str, Any]:
    async with engine.connect() as connection:
        told = await weekly_digest(connection, await _everybody(connection), now)
    return {
        "report": report_as_json(told.report),
        "baseline": (told.baseline, told.baseline_weeks),
        "trend": told.trend,
        "failures": sorted(told.failures, key=str),
        "waiting": told.waiting_count,
    }


async def of_aggregates(engine: AsyncEngine) -> dict[str, Any]:
    found: dict[str, Any] = {}
    async with engine.connect() as connection:
        for name, aggregate in AGGREGATES.items():
            query = f"SELECT provider_id, {aggregate.bucket}::date, {aggregate.names} FROM {name} JOIN repositories "
            rows = await connection.execute(sa.text(query + "ON id = repository_id"))
            found |= {f"{name} {row[0]} {row[1]}": tuple(row[2:]) for row in rows}
    return found


def compare(wanted: Any, found: Any, where: str) -> list[str]:
    return list(_differences(wanted, found, where))


def _differences(wanted: Any, found: Any, where: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in {**wanted, **found}:
            yield from _differences(wanted.get(key), found.get(key), f"{where}.{key}")
    elif isinstance(wanted, list | tuple) and isinstance(found, list | tuple) and len(wanted) == len(found) < SHORT:
        for place, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from _differences(one, other, f"{where}[{place}]")
    elif wanted != found:
        near = isinstance(wanted, float) and isinstance(found, float) and abs(wanted - found) < 1e-6
        if not near:
            yield f"{where}: {found!r}, not {wanted!r}"[:400]
