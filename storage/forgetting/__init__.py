"""Forgetting a person: what they did stays, without who they were; the numbers stay as they are.

Whoever writes facts waits at the beginning and at the end only. Between them one repository at a time is held, for some
rows. Killed anywhere before the end, the person is known still: forgetting again does the rest.
"""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.audit import audit
from storage.facts.columns import fetch
from storage.facts.forgotten import FORGOTTEN, lock_forgetting, remember
from storage.facts.identities import ACCOUNT, EMAIL
from storage.facts.locks import lock_new_things
from storage.facts.redaction import naming_pattern
from storage.forgetting.by_hand import redact_what_was_done_by_hand
from storage.forgetting.identities import hide_facts, hide_reviews, keep_a_token, take_names
from storage.forgetting.texts import redact_texts
from storage.people import SLACK, find_person

__all__ = ["Forgotten", "Known", "find_known", "forget_person"]


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
        "SELECT kind, value, username, name, concat(kind, ':', provider, ':', host, ':', value), provider "
        "FROM developer_identities WHERE developer_id = $1 AND provider <> $2 ORDER BY kind, provider, host, value",
        found.id,
        FORGOTTEN,
    )
    terms = {found.name, slack_id, *(one for row in rows for one in row[2:4])}
    # What was done in Slack is of "slack:U0123".
    terms |= {value for kind, value, *_, provider in rows if kind == EMAIL or provider == SLACK}
    ids = frozenset(value for kind, value, *_ in rows if kind == ACCOUNT)
    return Known(found.id, tuple(row[4] for row in rows), frozenset(term for term in terms if term), ids)


async def forget_person(
    engine: AsyncEngine, organization_id: UUID, person: str, actor: str, slack_id: str | None = None
) -> Forgotten:
    """In transactions of its own. Raises PersonProblem when it is nobody, or more than one."""
    async with engine.begin() as connection:
        await lock_forgetting(connection)
        known = await find_known(connection, person, slack_id)
        await remember(connection, dict.fromkeys(known.identities, str(known.developer_id)))
        await keep_a_token(connection, known.developer_id)
        await hide_reviews(connection, known.developer_id, sorted({*known.ids, *known.terms}))
    await hide_facts(engine, known.developer_id)
    pattern = naming_pattern(known.terms)
    texts, left = await redact_texts(engine, pattern) if pattern else (0, 0)
    async with engine.begin() as connection:
        await lock_forgetting(connection)
        await lock_new_things(connection)
        await take_names(connection, known.developer_id)
        await redact_what_was_done_by_hand(connection, pattern, naming_pattern({*known.terms, *known.identities}))
        told = {"texts": texts, "left": left}
        await audit(connection, organization_id, actor, "people.forget", str(known.developer_id), None, told)
    return Forgotten(known, texts, left)
