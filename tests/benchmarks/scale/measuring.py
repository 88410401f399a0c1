"""How long a question takes, and how many rows the database reads for it."""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psutil
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.commands import CommandContext, answer
from reports.digest import weekly_digest
from reports.scope import find_team
from reports.snapshot import snapshot
from tests.storage.common_queries import DEPLOYMENT_FREQUENCY, TEAM_METRICS

Ask = Callable[[], Awaitable[None]]
# More often than it takes until a prepared statement has its plan for good.
WARM = 10


class Measured(NamedTuple):
    """Milliseconds from the words to the answer; of these, processor time here and in the database (None: it is on
    another machine), which other programs slow down less; rows of all scans together."""

    median: float
    p95: float
    busy_here: float
    busy_database: float | None
    rows_read: int


def questions(engine: AsyncEngine, organization_id: UUID, now: datetime) -> dict[str, Ask]:
    """Those of the targets, each as its askers ask it."""
    context = CommandContext(engine, organization_id, now=now)

    async def digest() -> None:
        async with snapshot(engine) as connection:
            scope = await find_team(connection, organization_id, "platform")
            if scope is None:
                raise RuntimeError("There is no team platform: was anything loaded?")
            await weekly_digest(connection, scope, now)

    def command(words: str) -> Ask:
        async def ask() -> None:
            answered = await answer(words, context)
            if not answered.understood:
                raise RuntimeError(answered.text)

        return ask

    told = {words: command(words) for words in ("team platform 30d", "team platform 12m", "repo acme/1 90d")}
    return {**told, "digest": digest}


def common_queries(engine: AsyncEngine) -> dict[str, Ask]:
    """Those of the data model; that of a team is of all of its organization."""
    ids = "SELECT (SELECT id FROM teams LIMIT 1), (SELECT id FROM repositories WHERE path = 'acme/1')"

    def query(text: str) -> Ask:
        statement = sa.text(text)
        names = statement.compile().params

        async def ask() -> None:
            async with engine.connect() as connection:
                team, repository = (await connection.execute(sa.text(ids))).one()
                given = {"team_id": team, "repo_id": repository}
                await connection.execute(statement, {name: given[name] for name in names})

        return ask

    return {"team metrics, in SQL": query(TEAM_METRICS), "deployment frequency, in SQL": query(DEPLOYMENT_FREQUENCY)}


async def measure(places: Sequence[tuple[AsyncEngine, Ask]], times: int) -> list[Measured]:
    """The same question in several databases by turns, when the caches are warm: what else runs slows down each."""
    for _ in range(WARM):
        for _, ask in places:
            await ask()
    milliseconds: list[list[float]] = [[] for _ in places]
    here = [0.0 for _ in places]
    before = [await database_seconds(engine) for engine, _ in places]
    for _ in range(times):
        for number, (_, ask) in enumerate(places):
            started, busy = time.perf_counter(), time.process_time()
            await ask()
            milliseconds[number].append((time.perf_counter() - started) * 1000)
            here[number] += time.process_time() - busy
    measured = []
    for (engine, ask), taken, busy, earlier in zip(places, milliseconds, here, before, strict=True):
        later = await database_seconds(engine)
        database = None if earlier is None or later is None else (later - earlier) * 1000 / times
        p95 = statistics.quantiles(taken, n=20)[-1]
        rows = await count_rows(engine, ask)
        measured.append(Measured(statistics.median(taken), p95, busy * 1000 / times, database, rows))
    return measured


async def database_seconds(engine: AsyncEngine) -> float | None:
    """Processor time of the connections to this database until now; None when the server is on another machine."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'devmetrics'"
    async with engine.connect() as connection:
        processes = list(await connection.scalars(sa.text(query)))
    try:
        times = [psutil.Process(process).cpu_times() for process in processes]
    except psutil.Error:
        return None
    return sum(one.user + one.system for one in times)


async def count_rows(engine: AsyncEngine, ask: Ask) -> int:
    """Of every query that the question makes, as EXPLAIN ANALYZE tells it."""
    asked: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    sa.event.listen(engine.sync_engine, "before_cursor_execute", remember)
    try:
        await ask()
    finally:
        sa.event.remove(engine.sync_engine, "before_cursor_execute", remember)
    total = 0.0
    async with engine.connect() as connection:
        for statement, parameters in asked:
            explained = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
            total += sum(rows_of_scans(explained.scalar_one()[0]["Plan"]))
    return round(total)


def rows_of_scans(plan: dict[str, Any]) -> Iterator[float]:
    """Rows that each scan of a table looked at, also those that a filter left out."""
    if "Relation Name" in plan:
        removed = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        yield (plan["Actual Rows"] + removed) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from rows_of_scans(part)
