"""Finding and making developers for the people of a batch, all at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID, uuid4

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.apart import read_apart
from storage.facts.columns import Columns, document, fetch
from storage.facts.identities import (
    DESCRIBED,
    IdentityKey,
    IdentityRow,
    describe,
    group,
    identity_rows,
    identity_text,
    key_of,
    keys_of,
    merge_identities,
)
from storage.facts.joining import join_developers
from storage.facts.registers import fold
from storage.facts.repeats import newest
from storage.facts.tables import Changed, FactTable, Key
from storage.facts.touched import Touched
from storage.models import Base
from storage.models import people as models
from storage.records import Person

IDENTITIES = FactTable(IdentityRow, models.DeveloperIdentity, ["provider", "host", "kind", "value"], merge_identities)
DESCRIPTION = Columns(Base.metadata.tables["developers"], DESCRIBED)


@dataclass(frozen=True)
class Seen:
    """The people of a batch: what is told of each identity, and which identities were shown as one person."""

    rows: Mapping[Key, IdentityRow]
    proofs: Collection[tuple[IdentityKey, ...]]


def see(persons: Iterable[Person]) -> Seen:
    distinct = newest(persons)
    rows = (row for person in distinct for row in identity_rows(person))
    return Seen(fold(rows, IDENTITIES.key_of, merge_identities), {tuple(keys_of(person)) for person in distinct})


async def brings_news(connection: AsyncConnection, seen: Seen) -> bool:
    """Whether somebody is new, or two developers turn out to be one: then developers are made or joined."""
    known = owners(await IDENTITIES.read(connection, seen.rows))
    if len(known) < len(seen.rows):
        return True
    shown = [{known[key] for key in keys} for keys in seen.proofs]
    joins = [developers for developers in shown if len(developers) > 1]
    if not joins:
        return False
    apart = await read_apart(connection, set().union(*joins))
    return any((one, other) not in apart for developers in joins for one, other in combinations(developers, 2))


async def write_people(connection: AsyncConnection, seen: Seen, touched: Touched) -> Mapping[str, UUID]:
    """The developer of each identity (as `identity_of` writes it). Locks the identities until the transaction ends.

    The caller holds the lock for new things if `brings_news`.
    """
    stored = await IDENTITIES.read(connection, seen.rows, lock=True)
    owner = owners(stored)
    made: list[UUID] = []
    joined: dict[UUID, UUID] = {}
    groups = group(seen.proofs, owner)
    if any(len({owner[key] for key in keys if key in owner}) > 1 for keys in groups):
        groups = group(seen.proofs, owner, await read_apart(connection, set(owner.values())))
    for keys in groups:
        known = sorted({owner[key] for key in keys if key in owner})
        if not known:
            made.append(uuid4())
        developer = known[0] if known else made[-1]
        joined.update((other, developer) for other in known[1:])
        owner.update((key, developer) for key in keys)
    if made:
        await connection.exec_driver_sql("INSERT INTO developers (id) SELECT * FROM unnest($1::uuid[])", (made,))
    if joined:
        touched.repositories.update(await join_developers(connection, joined))
    changed = list(changes(seen.rows, stored, owner))
    await IDENTITIES.write(connection, changed)
    described = {change.after.developer_id for change in changed} | set(joined.values())
    if described:
        await describe_developers(connection, [developer for developer in described if developer])
    return {identity_text(key): developer for key, developer in owner.items()}


def owners(stored: Mapping[Key, IdentityRow | None]) -> dict[IdentityKey, UUID]:
    return {key_of(row): row.developer_id for row in stored.values() if row and row.developer_id}


def changes(
    incoming: Mapping[Key, IdentityRow], stored: Mapping[Key, IdentityRow | None], owner: Mapping[IdentityKey, UUID]
) -> Iterable[Changed[IdentityRow]]:
    for key, row in incoming.items():
        developer_id = owner[key_of(row)]
        before = stored.get(key)
        if before is None:
            yield Changed(None, replace(row, developer_id=developer_id))
            continue
        # Two developers that were joined have one id already.
        before = replace(before, developer_id=developer_id)
        after = merge_identities(before, row)
        if after != before:
            yield Changed(before, after)


async def describe_developers(connection: AsyncConnection, developers: list[UUID]) -> None:
    """Bring names, address and bot flag of these developers in line with their identities."""
    columns = IDENTITIES.columns
    rows = await fetch(
        connection,
        f"SELECT {columns.quoted} FROM developer_identities WHERE developer_id = ANY($1::uuid[])",  # noqa: S608 (our names)
        developers,
    )
    identities: dict[UUID, list[IdentityRow]] = defaultdict(list)
    for row in rows:
        identity = IdentityRow(*columns.load(row))
        if identity.developer_id:
            identities[identity.developer_id].append(identity)
    stored = await fetch(
        connection,
        f"SELECT {DESCRIPTION.quoted} FROM developers WHERE id = ANY($1::uuid[])",  # noqa: S608 (our names)
        developers,
    )
    known = {row[0]: dict(zip(DESCRIBED, row, strict=True)) for row in stored}
    described = [describe(developer, rows_of) for developer, rows_of in identities.items()]
    news = [description for description in described if description != known.get(description["id"])]
    if news:
        settings = ", ".join(f"{name} = s.{name}" for name in DESCRIPTION.names[1:])
        await connection.exec_driver_sql(
            f"UPDATE developers d SET {settings} FROM {DESCRIPTION.source} WHERE d.id = s.id",  # noqa: S608 (our names)
            (document(news),),
        )
