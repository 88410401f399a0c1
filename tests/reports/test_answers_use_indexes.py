"""Whatever is asked finds its rows by indexes: every statement that an answer sends is explained, with what it was
asked with. `test_plans.py` looks closer at those of each number."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports import alerts, deployment_search, left_out
from reports.deployment_story import tell_deployment
from reports.digest import weekly_digest
from reports.explanation import explain, explain_page
from reports.numbers import METRICS
from reports.person_report import person_report
from reports.repository_overview import repository_overview
from reports.repository_report import repository_report
from reports.scope import find_everything, find_repository, find_team
from reports.team_overview import team_overview
from reports.team_report import team_report
from reports.week_in_detail import week_in_detail
from tests.reports.filling import Filling, window
from tests.reports.test_plans import FACTS, chunks, scans

MONTH = window("2026-10-10", "2026-11-09")
# Of days, and of weekly and monthly sums too.
LONG = window("2025-11-10", "2026-11-09", "Europe/Oslo")
NOW = MONTH.end


@contextmanager
def watched(connection: AsyncConnection) -> Iterator[dict[str, Any]]:
    """The statements that are sent meanwhile, each with the parameters of its last time."""
    sent: dict[str, Any] = {}

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent[statement] = parameters

    sa.event.listen(connection.sync_connection, "before_cursor_execute", remember)
    try:
        yield sent
    finally:
        sa.event.remove(connection.sync_connection, "before_cursor_execute", remember)


async def ask_everything(filling: Filling, repository_ids: list[UUID]) -> None:
    connection, organization_id = filling.connection, filling.organization_id
    scope = await find_team(connection, organization_id, "platform")
    repository = await find_repository(connection, organization_id, "github", "acme/7")
    assert scope is not None
    assert repository is not None
    for asked in (MONTH, LONG):
        for service in (None, "checkout"):
            await team_report(connection, scope, asked, NOW, service)
            await repository_report(connection, repository, asked, NOW, None)
            for metric in METRICS:
                await explain(connection, scope, metric, asked, NOW, service, limit=20)
                page = await explain_page(connection, scope, metric, asked, NOW, service, limit=5)
                await explain_page(connection, scope, metric, asked, NOW, service, after=page.next, limit=5)
                await explain_page(connection, scope, metric, asked, NOW, service, limit=5, leaves_out=True)
        _, everything = await find_everything(connection, organization_id)
        await person_report(connection, organization_id, everything, asked, 20)
    await left_out.count_items(connection, scope.sources, MONTH, ["canceled"])
    digest = await weekly_digest(connection, scope, NOW)
    await weekly_digest(connection, scope, NOW + timedelta(days=7), digest.told)
    await week_in_detail(connection, scope, NOW)
    for metric in (*alerts.FIELDS, alerts.REVIEW_WAITING):
        await alerts.measure(connection, scope, metric, NOW)
        await alerts.count_crossings(connection, scope, metric, 0.1, NOW)
    await tell_deployment(connection, repository_ids[0], "deployment:40")
    for how in deployment_search.BY:
        await deployment_search.find_deployments(connection, organization_id, how, "40", repository_ids)
    await team_overview(connection, await filling.team("other", owns=tuple(repository_ids)))
    await repository_overview(connection, organization_id, "github", "acme/7")


async def test_every_query_behind_an_answer_uses_an_index(filled: tuple[Filling, list[UUID]]) -> None:
    filling, repository_ids = filled
    connection = filling.connection
    team_id = await filling.team("platform", owns=tuple(repository_ids[1:10]))
    await filling.service(repository_ids[0], "checkout")
    await filling.team_service(team_id, repository_ids[0], "checkout")
    kept = "UPDATE repositories SET frozen_before = '2026-08-10', facts_since = '2025-12-01'"
    await connection.execute(sa.text(kept))
    with watched(connection) as sent:
        await ask_everything(filling, repository_ids)
    assert len(sent) > 60
    parts = await chunks(connection)
    wrong = []
    for statement, parameters in sent.items():
        if not statement.lstrip().startswith(("SELECT", "WITH")):
            continue
        explain_it = f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) {statement}"
        (row,) = (await connection.exec_driver_sql(explain_it, parameters)).all()
        found = list(scans(row[0][0]["Plan"]))
        whole = {parts.get(table, table) for kind, table in found if kind == "Seq Scan"} & FACTS
        if whole:
            wrong.append((whole, statement))
    assert not wrong
