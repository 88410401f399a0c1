"""People who were forgotten stay so: whatever a delivery shows of them becomes an account without a name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.batch import NAMED, Batch
from storage.facts.columns import fetch
from storage.facts.identities import ACCOUNT, EMAIL, identity_text, keys_of
from storage.facts.redaction import SOMEONE, naming_pattern, redact
from storage.records import Person, Record

# Instead of a provider's word.
FORGOTTEN = "forgotten"
TEXTS: Mapping[type[Any], tuple[str, ...]] = {records.Commit: ("message",), records.PullRequest: ("title", "body")}
ADDRESS = re.compile(r"[^@\s<>\"'(),;:]{1,64}@[\w.-]{1,255}\w")
LOCK = "hashtext('devmetrics: forgetting')"


def digest_of(identity: str) -> bytes:
    """Of an identity as facts keep it."""
    return sha256(identity.encode(errors="replace")).digest()


def token_identity(token: str) -> str:
    return identity_text((FORGOTTEN, "", ACCOUNT, token))


async def lock_forgetting(connection: AsyncConnection) -> None:
    """Waits for all who write facts, and they wait: what they read before of who is forgotten must hold."""
    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")


async def leave_out_forgotten(connection: AsyncConnection, everything: Sequence[Record]) -> Sequence[Record]:
    """The records without what they tell of people who were forgotten. Nobody is forgotten until the transaction
    ends. What is shown together with a forgotten account or address is forgotten too: it is the same person's."""
    # By itself, before any other statement: what it waited for must be seen.
    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock_shared({LOCK})")
    if not await fetch(connection, "SELECT 1 FROM forgotten_identities LIMIT 1"):
        return everything
    shown = {person: [identity_text(key) for key in keys_of(person)] for person in Batch(everything).people()}
    addresses = {address for record in everything for text in _texts(record) for address in _addresses(text)}
    tokens = await _read(connection, {identity for all_ in shown.values() for identity in all_} | addresses)
    if not tokens:
        return everything
    gone = {
        person: min(known)
        for person, all_ in shown.items()
        if (known := {tokens[one] for one in all_ if one in tokens})
    }
    new = {identity: token for person, token in gone.items() for identity in shown[person] if identity not in tokens}
    await remember(connection, new)
    return [_without(record, gone, tokens) for record in everything]


async def remember(connection: AsyncConnection, tokens: Mapping[str, str]) -> None:
    """That these identities are forgotten, and what is left of each."""
    if tokens:
        await connection.exec_driver_sql(
            "INSERT INTO forgotten_identities (digest, token) SELECT * FROM unnest($1::bytea[], $2::text[]) "
            "ON CONFLICT DO NOTHING",
            ([digest_of(identity) for identity in tokens], list(tokens.values())),
        )


async def _read(connection: AsyncConnection, identities: Iterable[str]) -> dict[str, str]:
    by_digest = {digest_of(identity): identity for identity in identities}
    rows = await fetch(
        connection, "SELECT digest, token FROM forgotten_identities WHERE digest = ANY($1::bytea[])", list(by_digest)
    )
    return {by_digest[digest]: token for digest, token in rows}


def _texts(record: Record) -> list[str]:
    return [text for field in TEXTS.get(type(record), ()) if (text := getattr(record, field))]


def _addresses(text: str) -> set[str]:
    """As identities."""
    return {identity_text(("", "", EMAIL, found.lower())) for found in ADDRESS.findall(text)} if "@" in text else set()


def _without(record: Record, gone: Mapping[Person, str], tokens: Mapping[str, str]) -> Record:
    if isinstance(record, Person):
        return _nobody(record, gone[record]) if record in gone else record
    terms: set[str] = set()
    changed: dict[str, Any] = {}
    field = next((name for kind, name in NAMED if isinstance(record, kind)), None)
    person: Person | None = getattr(record, field) if field else None
    if field and person and person in gone:
        token = gone[person]
        terms = {term for term in (person.name, person.username, person.email) if term}
        changed[field] = _nobody(person, token)
        if isinstance(record, records.Review):
            changed["provider_key"] = hide_id(record.provider_key, person.user_id or person.email, token)
        if isinstance(record, records.ReviewRequest):
            changed |= {"reviewer": f"{ACCOUNT}:{token}", "name": SOMEONE}
    for name in TEXTS.get(type(record), ()):
        if text := getattr(record, name):
            named = {found for found in ADDRESS.findall(text) if _addresses(found) & tokens.keys()}
            # "Co-authored-by: Jane Doe <jane@example.com>"
            for address in named:
                text = re.sub(rf"(?m)(?<=: )[^:<>\n]+ <{re.escape(address)}>", f"{SOMEONE} <{address}>", text)
            pattern = naming_pattern(terms | named)
            changed[name] = redact(text, pattern) if pattern else text
    return replace(record, **changed) if changed else record


def _nobody(person: Person, token: str) -> Person:
    return Person(FORGOTTEN, "", token, None, None, None, person.bot, person.seen_at)


def hide_id(key: str, user: str | None, token: str) -> str:
    """`approval:7` and `approval:7:2026-03-04T12:00:00` name an account."""
    kind, _, named = key.partition(":")
    if not user or kind != "approval" or not f"{named}:".startswith(f"{user}:"):
        return key
    return f"{kind}:{token}{named.removeprefix(user)}"
