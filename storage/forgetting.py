"""Forgetting a person: what they did stays, without who they were; the numbers stay as they are."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.audit import audit
from storage.facts.columns import fetch
from storage.facts.forgotten import FORGOTTEN, lock_forgetting, remember, token_identity
from storage.facts.identities import ACCOUNT, EMAIL, USERNAMES
from storage.facts.locks import lock_new_things
from storage.facts.redaction import SOMEONE, naming_pattern, redact, redact_values
from storage.people import FACTS, find_person

# Where texts of people stand, with the key of a row.
TEXTS = (
    ("commits", ("time", "repository_id", "commit_sha"), ("message",)),
    ("carried_commits", ("repository_id", "commit_sha"), ("message",)),
    ("pull_requests", ("time", "repository_id", "pr_number"), ("title", "body")),
    ("changes", ("repository_id", "kind", "key"), ("title",)),
    ("incidents", ("id",), ("title",)),
)
# Who did something by hand: "slack:U1", "cli:jane".
DOERS = (
    ("deployment_marks", "marked_by"),
    ("deployment_evidence", "source"),
    ("digest_subscriptions", "created_by"),
    ("alerts", "created_by"),
    ("teams", "removed_by"),
    ("removed_team_members", "removed_by"),
    ("removed_team_repositories", "removed_by"),
)


class Known(NamedTuple):
    """By what a person is found in texts."""

    developer_id: UUID
    # As facts keep them.
    identities: tuple[str, ...]
    # Names, usernames, addresses.
    terms: frozenset[str]
    # Of accounts.
    ids: frozenset[str]


class Forgotten(NamedTuple):
    known: Known
    texts: int
    # Texts from which the numbers would be read differently without the name: they are as they were.
    left: int


async def find_known(connection: AsyncConnection, person: str, slack_id: str | None = None) -> Known:
    """Raises PersonProblem when it is nobody, or more than one."""
    found = await find_person(connection, person)
    rows = await fetch(
        connection,
        "SELECT kind, value, username, name FROM developer_identities WHERE developer_id = $1 AND provider <> $2",
        found.id,
        FORGOTTEN,
    )
    terms = {found.name, slack_id, *(one for row in rows for one in row[2:])}
    terms |= {value for kind, value, *_ in rows if kind == EMAIL}
    ids = frozenset(value for kind, value, *_ in rows if kind == ACCOUNT)
    identities = tuple(one.identity for one in found.identities)
    return Known(found.id, identities, frozenset(term for term in terms if term), ids)


async def forget_person(
    connection: AsyncConnection, organization_id: UUID, person: str, actor: str, slack_id: str | None = None
) -> Forgotten:
    """In a transaction that has done nothing else (READ COMMITTED); whoever writes facts waits for its end.

    Raises PersonProblem when it is nobody, or more than one.
    """
    await lock_forgetting(connection)
    await lock_new_things(connection)
    # Linking writes titles that it read before.
    await connection.exec_driver_sql("SELECT FROM repositories ORDER BY id FOR NO KEY UPDATE")
    known = await find_known(connection, person, slack_id)
    token = str(known.developer_id)
    await remember(connection, dict.fromkeys(known.identities, token))
    await _take_names(connection, known, token)
    texts, left = 0, 0
    if pattern := naming_pattern(known.terms):
        for table, key, columns in TEXTS:
            for column in columns:
                changed, same = await _redact_column(connection, table, key, column, pattern)
                texts, left = texts + changed, left + same
        await _redact_doers(connection, pattern)
    await _redact_audit(connection, naming_pattern({*known.terms, *known.identities}))
    told = {"texts": texts, "left": left}
    await audit(connection, organization_id, actor, "people.forget", token, None, told)
    return Forgotten(known, texts, left)


async def _take_names(connection: AsyncConnection, known: Known, token: str) -> None:
    for table, column, identity in FACTS[:-1]:
        await connection.exec_driver_sql(
            f"UPDATE {table} SET {identity} = $2 WHERE {column} = $1 AND {identity} IS NOT NULL",  # noqa: S608 (constants)
            (known.developer_id, token_identity(token)),
        )
    # "approval:7" and "approval:7:<time>" name an account, or an address.
    await connection.exec_driver_sql(
        "UPDATE reviews SET provider_key = concat('approval:', $2::text, substr(provider_key, 10 + length(said))) "
        "FROM unnest($3::text[]) AS said WHERE reviewer_id = $1 "
        "AND starts_with(concat(provider_key, ':'), concat('approval:', said, ':'))",
        (known.developer_id, token, sorted({*known.ids, *known.terms})),
    )
    await connection.exec_driver_sql(
        "DELETE FROM review_requests AS one USING review_requests AS other WHERE one.developer_id = $1 "
        "AND other.developer_id = $1 AND other.repository_id = one.repository_id AND other.pr_number = one.pr_number "
        "AND (other.seen_at, other.reviewer) > (one.seen_at, one.reviewer)",
        (known.developer_id,),
    )
    await connection.exec_driver_sql(
        "UPDATE review_requests SET reviewer = $2, name = $3 WHERE developer_id = $1",
        (known.developer_id, f"{ACCOUNT}:{token}", SOMEONE),
    )
    await connection.exec_driver_sql("DELETE FROM developer_identities WHERE developer_id = $1", (known.developer_id,))
    await connection.exec_driver_sql(
        "INSERT INTO developer_identities (provider, host, kind, value, developer_id, is_bot) "
        "SELECT $2::text, '', $3::text, $4::text, id, is_bot FROM developers WHERE id = $1",
        (known.developer_id, FORGOTTEN, ACCOUNT, token),
    )
    columns = ", ".join(f"{column} = NULL" for column in ("name", "email", *USERNAMES.values()))
    await connection.exec_driver_sql(f"UPDATE developers SET {columns} WHERE id = $1", (known.developer_id,))  # noqa: S608 (constants)


async def _redact_column(
    connection: AsyncConnection, table: str, key: Iterable[str], column: str, pattern: str
) -> tuple[int, int]:
    """How many were changed, and how many name the person still."""
    names = ", ".join(key)
    # Names are in few texts; what is found is short.
    found = await fetch(connection, f"SELECT DISTINCT {column} FROM {table} WHERE {column} ~* $1", pattern)  # noqa: S608 (constants)
    texts = [(text, redact(text, pattern)) for (text,) in found]
    news = [(old, new) for old, new in texts if old != new]
    if not news:
        return 0, len(texts)
    changed = await connection.exec_driver_sql(
        f"UPDATE {table} SET {column} = new FROM unnest($2::text[], $3::text[]) AS news (old, new) "  # noqa: S608 (constants)
        f"WHERE ({names}) IN (SELECT {names} FROM {table} WHERE {column} ~* $1) AND {column} = old",
        (pattern, [old for old, _ in news], [new for _, new in news]),
    )
    return changed.rowcount, len(texts) - len(news)


async def _redact_doers(connection: AsyncConnection, pattern: str) -> None:
    for table, column in DOERS:
        kinds = " AND kind = 'mark'" if table == "deployment_evidence" else ""
        await connection.exec_driver_sql(
            f"UPDATE {table} SET {column} = regexp_replace({column}, $1, $2, 'gi') WHERE {column} ~* $1{kinds}",  # noqa: S608 (constants)
            (pattern, SOMEONE),
        )


async def _redact_audit(connection: AsyncConnection, pattern: str | None) -> None:
    if pattern is None:
        return
    found = await fetch(
        connection,
        "SELECT id, actor, subject, CAST(before AS text), CAST(after AS text) FROM audit_logs "
        "WHERE concat_ws(' ', actor, subject, before, after) ~* $1",
        pattern,
    )
    columns: list[list[Any]] = [[], [], [], [], []]
    for id_, actor, subject, before, after in found:
        documents = (redact_values(msgspec.json.decode(one), pattern) if one else None for one in (before, after))
        written = (msgspec.json.encode(one).decode() if one is not None else None for one in documents)
        for column, value in zip(
            columns, (id_, redact_values(actor, pattern), redact_values(subject, pattern), *written), strict=True
        ):
            column.append(value)
    await connection.exec_driver_sql(
        "UPDATE audit_logs AS entry SET actor = new.actor, subject = new.subject, "
        "before = CAST(new.before AS jsonb), after = CAST(new.after AS jsonb) "
        "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) "
        "AS new (id, actor, subject, before, after) WHERE entry.id = new.id",
        tuple(columns),
    )
