"""Taking a person's names out of what people wrote, and out of who did something to a deployment."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncEngine

from storage.facts.columns import fetch
from storage.facts.redaction import redact, redact_values
from storage.forgetting import rows
from storage.forgetting.rows import Table, change_rows

Redact = Callable[[str, str], str]
# Linking copies titles and marks: what it read before is found in the next round.
ROUNDS = 3
TEXTS: tuple[tuple[Table, str, Redact], ...] = (
    (rows.COMMITS, "message", redact),
    (rows.CARRIED_COMMITS, "message", redact),
    (rows.PULL_REQUESTS, "title", redact),
    (rows.PULL_REQUESTS, "body", redact),
    (rows.CHANGES, "title", redact),
    (rows.INCIDENTS, "title", redact),
)
# "slack:U1", "cli:jane"
DOERS: tuple[tuple[Table, str, Redact], ...] = (
    (rows.MARKS, "marked_by", redact_values),
    (rows.EVIDENCE, "source", redact_values),
)


async def redact_texts(engine: AsyncEngine, pattern: str) -> tuple[int, int]:
    """How many were changed, and how many name the person still: the numbers would be read differently."""
    changed, left = 0, 0
    for _ in range(ROUNDS):
        news = left = 0
        for table, column, how in TEXTS:
            some, same = await _redact_column(engine, table, column, how, pattern)
            news, left = news + some, left + same
        for table, column, how in DOERS:
            await _redact_column(engine, table, column, how, pattern)
        changed += news
        if not news:
            break
    return changed, left


async def _redact_column(engine: AsyncEngine, table: Table, column: str, how: Redact, pattern: str) -> tuple[int, int]:
    """All rows are read once, outside of any lock: names are in few of them."""
    key = ", ".join(table.key)
    # Other evidence names issues and pull requests.
    only = " AND kind = 'mark'" if table is rows.EVIDENCE else ""
    async with engine.connect() as connection:
        found = await fetch(
            connection,
            f"SELECT repository_id, {column}, {key} FROM {table.name} WHERE {column} ~* $1{only}",  # noqa: S608 (constants)
            pattern,
        )
    redacted = [(row[0], tuple(row[2:]), row[1], how(row[1], pattern)) for row in found]
    news = [row for row in redacted if row[2] != row[3]]
    return await change_rows(engine, table, column, news), len(redacted) - len(news)
