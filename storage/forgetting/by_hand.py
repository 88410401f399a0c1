"""Who did something by hand, and what was kept of it: the audit log, digests, subscriptions, limits, teams."""

from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.columns import fetch
from storage.facts.redaction import SOMEONE, redact_values

# "U1", "slack:U1", "cli:jane"
DOERS = (
    ("digest_subscriptions", "created_by"),
    ("alerts", "created_by"),
    ("teams", "removed_by"),
    ("removed_team_members", "removed_by"),
    ("removed_team_repositories", "removed_by"),
)


async def redact_what_was_done_by_hand(connection: AsyncConnection, names: str | None, everything: str | None) -> None:
    """`names`: the pattern of the person's names; `everything`: of accounts and addresses, as facts keep them, too."""
    if names is not None:
        for table, column in DOERS:
            await connection.exec_driver_sql(
                f"UPDATE {table} SET {column} = regexp_replace({column}, $1, $2, 'gi') WHERE {column} ~* $1",  # noqa: S608 (constants)
                (names, SOMEONE),
            )
        # Digests keep what they showed: titles of pull requests, and who was asked to review them.
        await _redact_documents(connection, "digest_runs", ("reason",), ("numbers",), "uuid", names)
    if everything is not None:
        await _redact_documents(
            connection, "audit_logs", ("actor", "subject"), ("before", "after"), "bigint", everything
        )


async def _redact_documents(
    connection: AsyncConnection,
    table: str,
    texts: tuple[str, ...],
    documents: tuple[str, ...],
    key_type: str,
    pattern: str,
) -> None:
    every = ", ".join([*texts, *(f"CAST({one} AS text)" for one in documents)])
    found = await fetch(
        connection,
        f"SELECT id, {every} FROM {table} WHERE concat_ws(' ', {every}) ~* $1",  # noqa: S608 (constants)
        pattern,
    )
    if not found:
        return
    columns: list[list[Any]] = [[] for _ in found[0]]
    for id_, *values in found:
        said = [redact_values(one, pattern) for one in values[: len(texts)]]
        said += [_redact_document(one, pattern) for one in values[len(texts) :]]
        for column, value in zip(columns, (id_, *said), strict=True):
            column.append(value)
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate([key_type] + ["text"] * len(said), 1))
    settings = [f"{one} = new.{one}" for one in texts] + [f"{one} = CAST(new.{one} AS jsonb)" for one in documents]
    await connection.exec_driver_sql(
        f"UPDATE {table} AS entry SET {', '.join(settings)} FROM unnest({arrays}) "  # noqa: S608 (constants)
        f"AS new (id, {', '.join([*texts, *documents])}) WHERE entry.id = new.id",
        tuple(columns),
    )


def _redact_document(document: str | None, pattern: str) -> str | None:
    return msgspec.json.encode(redact_values(msgspec.json.decode(document), pattern)).decode() if document else None
