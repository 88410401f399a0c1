"""Finding and making developers for the people of a batch, all at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.facts.columns import Columns, fetch
from storage.facts.identities import (
    Description,
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
from storage.facts.tables import Changed, FactTable, Key
from storage.facts.touched import Touched
from storage.models import Base
from storage.models import people as models
from storage.records import Person

IDENTITIES = FactTable(IdentityRow, models.DeveloperIdentity, ["provider", "host", "kind", "value"], merge_identities)
DESCRIPTION = Columns(
    Base.metadata.tables["developers"], ["id", "email", "name", "github_username", "gitlab_username", "is_bot"]
)


async def brings_news(connection: AsyncConnection, persons: Iterable[Person]) -> bool:
    """Whether somebody is new, or two developers turn out to be one: then developers are made or joined."""
    proofs = [keys_of(person) for person in persons]
    wanted = {key for keys in proofs for key in keys}
    known = owners(await IDENTITIES.read(connection, wanted))
    return len(known) < len(wanted) or any(len({known[key] for key in keys}) > 1 for keys in proofs)


async def write_people(connection: AsyncConnection, persons: Iterable[Person], touched: Touched) -> Mapping[str, UUID]:
    """The developer of each identity (as `identity_of` writes it). Locks the identities until the transaction ends.

    The caller holds the lock for new things if `brings_news`.
    """
    persons = set(persons)
    incoming = fold((row for person in persons for row in identity_rows(person)), key_of, merge_identities)
    stored = await IDENTITIES.read(connection, incoming, lock=True)
    owner = owners(stored)
    made: list[UUID] = []
    joined: dict[UUID, UUID] = {}
    for keys in group(map(keys_of, persons), owner):
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
    changed = list(changes(incoming, stored, owner, joined))
    await IDENTITIES.write(connection, changed, {})
    described = {change.after.developer_id for change in changed} | set(joined.values())
    if described:
        await describe_developers(connection, [developer for developer in described if developer])
    return {identity_text(key): developer for key, developer in owner.items()}


def owners(stored: Mapping[Key, IdentityRow | None]) -> dict[IdentityKey, UUID]:
    return {key_of(row): row.developer_id for row in stored.values() if row and row.developer_id}


def changes(
    incoming: Mapping[IdentityKey, IdentityRow],
    stored: Mapping[Key, IdentityRow | None],
    owner: Mapping[IdentityKey, UUID],
    joined: Mapping[UUID, UUID],
) -> Iterable[Changed[IdentityRow]]:
    for key, row in incoming.items():
        before = stored.get(key)
        if before is None:
            yield Changed(None, replace(row, developer_id=owner[key]))
            continue
        if before.developer_id in joined:
            before = replace(before, developer_id=owner[key])
        after = merge_identities(before, row)
        if after != before:
            yield Changed(before, after)


async def describe_developers(connection: AsyncConnection, developers: list[UUID]) -> None:
    """Bring names, address and bot flag of these developers in line with their identities."""
    columns = IDENTITIES.shape.read
    rows = await fetch(
        connection,
        f"SELECT {columns.quoted} FROM developer_identities WHERE developer_id = ANY($1::uuid[])",  # noqa: S608 (our names)
        developers,
    )
    identities: dict[UUID, list[IdentityRow]] = defaultdict(list)
    for row in rows:
        identity = IdentityRow(*columns.loaded(row))
        if identity.developer_id:
            identities[identity.developer_id].append(identity)
    stored = await fetch(
        connection,
        f"SELECT {DESCRIPTION.quoted} FROM developers WHERE id = ANY($1::uuid[])",  # noqa: S608 (our names)
        developers,
    )
    known = {Description(*row) for row in stored}
    news = [new for developer, rows_of in identities.items() if (new := describe(developer, rows_of)) not in known]
    if news:
        settings = ", ".join(f"{name} = s.{name}" for name in DESCRIPTION.names[1:])
        await connection.exec_driver_sql(
            f"UPDATE developers d SET {settings} "  # noqa: S608 (our names)
            f"FROM {DESCRIPTION.unnest()} AS s({DESCRIPTION.quoted}) WHERE d.id = s.id",
            DESCRIPTION.arrays(
                (new.id, new.email, new.name, new.github_username, new.gitlab_username, new.is_bot) for new in news
            ),
        )
