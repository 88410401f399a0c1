"""No number needs to look at all that is stored: every query finds its rows by an index, of a hypertable in the chunks
of its time."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from reports import (
    alerts,
    by_repository,
    data_quality,
    failures,
    left_out,
    old_commits,
    person_report,
    sources,
    sums,
    waiting,
    week_in_detail,
)
from reports.metrics import (
    change_failure_rate,
    commits,
    deployment_frequency,
    lead_time,
    pull_requests,
    recovery_time,
    rework_rate,
)
from reports.numbers import METRICS
from reports.sources import Sources
from reports.windows import previous_window
from tests.benchmarks.scale.measuring import rows_of_scans
from tests.reports.filling import Filling, window
from tests.storage.common_queries import DEPLOYMENT_FREQUENCY, TEAM_METRICS

STATEMENTS: dict[str, Any] = {
    "deployment_frequency": deployment_frequency.SELECT,
    "change_failure_rate": change_failure_rate.SELECT,
    "rework_rate": rework_rate.SELECT,
    "recovery_time": recovery_time.SELECT,
    "lead_time": lead_time.SELECT,
    "pull_requests": pull_requests.SELECT,
    "pull_requests.of services": pull_requests.OF_SERVICES,
    "commits": commits.SELECT,
    "commits.of services": commits.OF_SERVICES,
    "data_quality": data_quality.SELECT,
    "data_quality.of services": data_quality.OF_SERVICES,
    "deliveries": data_quality.DELIVERIES,
    "waiting": waiting.SELECT,
    "by_repository": by_repository.SELECT,
    "by_repository.lead_times": by_repository.LEAD_TIMES,
    "week_in_detail.largest": week_in_detail.LARGEST,
    "failures": failures.SELECT,
    "alerts.long_waits": alerts.LONG_WAITS,
    "services": sources.KNOWN_SERVICES,
    "sums": sums.SUMS,
    "sums.kept": sums.KEPT,
    "old commits": old_commits.DAYS,
    "old commits.of others": old_commits.OF_OTHERS,
    "old commits.horizon": old_commits.HORIZON,
    "the data model's of a team": sa.text(TEAM_METRICS),
    "the data model's of a repository": sa.text(DEPLOYMENT_FREQUENCY),
}
for metric, module in METRICS.items():
    STATEMENTS |= {
        f"{metric}.best": module.ITEMS.best,
        f"{metric}.first page": module.ITEMS.first,
        f"{metric}.next page": module.ITEMS.following,
    }
STATEMENTS |= {
    "of a person.pull_requests": person_report.PULL_REQUESTS,
    "of a person.commits": person_report.COMMITS,
    "of a person.merged": person_report.MERGED.first,
    "of a person.reviewed": person_report.REVIEWED,
    "left_out.first page": left_out.ITEMS.first,
    "left_out.next page": left_out.ITEMS.following,
    "left_out.count": left_out.COUNT,
}
FACTS = {
    *("commits", "pull_requests", "deployments", "shipped_changes", "changes", "link_notes", "webhook_deliveries"),
    *("review_requests", "deployment_evidence", "touched_services"),
    *("daily_commit_stats", "weekly_dora_metrics", "monthly_commit_stats"),
}


async def sent(connection: AsyncConnection, statement: Any, parameters: dict[str, Any]) -> tuple[str, Sequence[Any]]:
    """What a driver is given for it."""
    found: list[tuple[str, Sequence[Any]]] = []

    def remember(_connection: Any, _cursor: Any, text: str, given: Any, *_more: Any) -> None:
        found.append((text, given))

    assert connection.sync_connection is not None
    sa.event.listen(connection.sync_connection, "before_cursor_execute", remember)
    await connection.execute(statement, parameters)
    sa.event.remove(connection.sync_connection, "before_cursor_execute", remember)
    return found[0]


def literal(value: Any) -> str:
    if isinstance(value, list):
        return "'{" + ",".join(f'"{one}"' for one in value) + "}'"
    if isinstance(value, timedelta):
        return f"'{value.total_seconds()} seconds'"
    return "NULL" if value is None else f"'{value}'"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(kind of node, table) of every scan in a plan that was made."""
    for node in nodes(plan):
        # A custom scan of a hypertable is that of its chunks, which follow.
        if "Relation Name" in node and node["Actual Loops"] and node["Node Type"] != "Custom Scan":
            yield node["Node Type"], node["Relation Name"]


async def explained(connection: AsyncConnection, name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """As reports get it, planned once for whatever is asked (`reports/snapshot.py`). Which chunks are looked into is
    decided while it runs."""
    text, given = await sent(connection, STATEMENTS[name], parameters)
    await connection.exec_driver_sql(f"PREPARE asked AS {text}")
    values = f"({', '.join(map(literal, given))})" if given else ""
    told = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, TIMING off, FORMAT JSON) EXECUTE asked{values}")
    await connection.exec_driver_sql("DEALLOCATE asked")
    plan: dict[str, Any] = told.scalar_one()[0]["Plan"]
    return plan


async def plan_of(connection: AsyncConnection, name: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    return list(scans(await explained(connection, name, parameters)))


async def chunks(connection: AsyncConnection) -> dict[str, str]:
    """Of which table each is a part."""
    query = sa.text(
        "SELECT c.relname, p.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid "
        "JOIN pg_class p ON p.oid = inhparent"
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def test_every_query_uses_an_index(filled: tuple[Filling, list[UUID]]) -> None:
    filling, repository_ids = filled
    month = window("2026-10-10", "2026-11-09")
    few = Sources(tuple(repository_ids[:3]))
    shared = Sources(few.repository_ids, services=((repository_ids[0], "checkout"), (repository_ids[0], "search")))
    parts = await chunks(filling.connection)
    for counted in (few, shared, Sources(tuple(repository_ids))):
        parameters = {
            **counted.parameters([month, previous_window(month)]),
            "organization_id": filling.organization_id,
            "at": month.end,
            "longer_than": timedelta(days=1),
            "back_at": timedelta(hours=20),
            "since": month.start,
            "until": month.end,
            "limit": None,
            "after_at": month.end,
            "after_repository_id": repository_ids[1],
            "after_key": "deployment:1",
            "kinds": ["bots", "canceled", "lines_unknown"],
            "team_id": await filling.team(f"team-{len(counted.repository_ids)}-{len(counted.services)}"),
            "repo_id": repository_ids[0],
            "developer_id": filling.organization_id,  # nobody
            **{f"first{one}": month.start for one in ("", "_week", "_month", "_day")},
            **{f"after_{one}": month.end for one in ("last", "weeks", "months", "days")},
        }
        for name in STATEMENTS:
            found = await plan_of(filling.connection, name, parameters)
            # Known services are asked for only with a filter, and of all the scope's deployments.
            allowed = {"deployments"} if name == "services" and len(counted.repository_ids) == 40 else set()
            whole = {parts.get(table, table) for kind, table in found if kind == "Seq Scan"}
            assert not whole & (FACTS - allowed), (name, found)
            # Two months, and the weeks that they begin and end in, of 52.
            looked_into = {table for _, table in found if parts.get(table) == "commits"}
            assert len(looked_into) <= 11, (name, looked_into)


async def test_who_waits_is_found_without_reading_what_was_merged_long_ago(filled: tuple[Filling, list[UUID]]) -> None:
    filling, repository_ids = filled
    month = window("2026-10-10", "2026-11-09")
    sources, parts = Sources(tuple(repository_ids[:3])), await chunks(filling.connection)
    times = {"at": month.start, "since": month.start, "until": month.end, "longer_than": timedelta(days=1)}
    times["back_at"] = timedelta(hours=20)
    for name in ("waiting", "alerts.long_waits"):
        plan = await explained(filling.connection, name, {**sources.parameters([]), **times})
        # A custom scan is that of the chunks below it.
        read = [
            rows
            for node in nodes(plan)
            if node["Node Type"] != "Custom Scan"
            and parts.get(table := node.get("Relation Name", ""), table) == "pull_requests"
            for rows in rows_of_scans({**node, "Plans": []})
        ]
        # Of a year; a twelfth was merged since.
        assert 0 < sum(read) < 17520 / 40 * 3 / 4, name


async def test_teams_of_many_repositories_are_answered_from_indexes_alone(filled: tuple[Filling, list[UUID]]) -> None:
    """Rows of pull requests and commits are wide, and those of many repositories lie among each other: to read those of
    a month would take longer than all the rest."""
    filling, repository_ids = filled
    # The planner has to be told that the tables are large, and vacuumed.
    await filling.connection.execute(sa.text("UPDATE pg_class SET relallvisible = relpages WHERE relkind = 'r'"))
    for way in ("seqscan", "bitmapscan"):
        await filling.connection.execute(sa.text(f"SET LOCAL enable_{way} = off"))
    # Of a chunk of some hundred rows the planner may as well take another index of the same columns.
    await filling.connection.execute(sa.text("DROP INDEX ix_commits_repository_id_time"))
    await filling.connection.execute(sa.text("ALTER TABLE commits DROP CONSTRAINT pk_commits"))
    parts = await chunks(filling.connection)
    # Of the week that has just begun there are so few rows that any index will do.
    few = sa.text("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples < 200")
    begun = {*await filling.connection.scalars(few)} & {*parts}
    month = window("2026-10-10", "2026-11-09")
    parameters = Sources(tuple(repository_ids)).parameters([month, previous_window(month)])
    deployments = ("deployment_frequency", "change_failure_rate", "rework_rate")
    for name in ("pull_requests", "commits", "data_quality", *deployments):
        plan = await plan_of(filling.connection, name, parameters)
        found = [(kind, parts.get(table, table)) for kind, table in plan if table not in begun]
        tables = {"pull_requests", "commits", "deployments"}
        assert {kind for kind, table in found if table in tables} == {"Index Only Scan"}, (name, found)
