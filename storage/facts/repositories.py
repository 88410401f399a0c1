"""Finding and making the repositories of a batch, and keeping their attributes."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.batch import Batch
from storage.facts.placeholders import Paths, adopt, find_by_path, find_placeholders, hold_place
from storage.facts.registers import Stamps, Told, fold, greatest, least
from storage.facts.repeats import first_and_last
from storage.facts.tables import Changed, FactTable, Key
from storage.facts.touched import Touched
from storage.facts.values import text
from storage.facts.words import read_words, save_words, subject
from storage.models import repositories as models
from storage.records import RepositoryKey

TOLD = Told("seen_at", ("path", "url", "commits_url", "default_branch"))
LONGEST_NAME = 255
# What was on its way when a repository was deleted (a run that ended) brings nothing back.
LAST_EVENTS = timedelta(hours=1)


class RepositoryRow(Struct, frozen=True):
    # None while it is only seen in a batch.
    id: UUID | None
    organization_id: UUID
    provider: str
    host: str
    provider_id: str
    name: str
    # None: no event told it yet.
    path: str | None
    url: str | None
    commits_url: str | None
    default_branch: str | None
    seen_at: datetime | None
    told_at: Stamps
    first_event_at: datetime | None
    provider_created_at: datetime | None
    removed_at: datetime | None
    deleted_at: datetime | None


def bare_row(key: RepositoryKey, organization_id: UUID) -> RepositoryRow:
    """A repository of which nothing is known but that it is there."""
    return repository_row(records.Repository(key, "", None, None, None), organization_id)


def repository_row(repository: records.Repository, organization_id: UUID) -> RepositoryRow:
    key = repository.key
    provider_id = text(key.provider_id, LONGEST_NAME)
    path = text(repository.path) or None
    return RepositoryRow(
        id=None,
        organization_id=organization_id,
        provider=key.provider,
        host=text(key.host),
        provider_id=provider_id,
        name=name_of(path),
        path=path,
        url=text(repository.url),
        commits_url=text(repository.commits_url),
        default_branch=text(repository.default_branch, LONGEST_NAME),
        seen_at=repository.seen_at,
        told_at={},
        first_event_at=repository.seen_at,
        provider_created_at=repository.created_at,
        removed_at=None,
        deleted_at=None,
    )


def name_of(path: str | None) -> str:
    """The last part of the path."""
    return (path or "").rpartition("/")[2][:LONGEST_NAME]


def merge_repositories(first: RepositoryRow, second: RepositoryRow) -> RepositoryRow:
    """The newest names win; the first event and the creation are the earliest told."""
    if first == second:
        return first
    values, told_at = TOLD.merge(first, second)
    return replace(
        first,
        id=first.id or second.id,
        name=name_of(values["path"]),
        seen_at=greatest(first.seen_at, second.seen_at),
        told_at=told_at,
        first_event_at=least(first.first_event_at, second.first_event_at),
        provider_created_at=least(first.provider_created_at, second.provider_created_at),
        removed_at=least(first.removed_at, second.removed_at),
        deleted_at=greatest(first.deleted_at, second.deleted_at),
        **values,
    )


REPOSITORIES = FactTable(
    RepositoryRow,
    models.Repository,
    ["organization_id", "provider", "host", "provider_id"],
    merge_repositories,
)


def row_key(key: RepositoryKey, organization_id: UUID) -> Key:
    return (organization_id, key.provider, text(key.host), text(key.provider_id, LONGEST_NAME))


async def any_new(
    connection: AsyncConnection, organization_id: UUID, keys: Collection[RepositoryKey], paths: Paths
) -> bool:
    """Whether a repository is new, or the path of one was given to a team beforehand: then rows are made or removed."""
    wanted = {row_key(key, organization_id) for key in keys}
    known = await REPOSITORIES.read(connection, wanted)
    return len(known) < len(wanted) or bool(await find_placeholders(connection, organization_id, paths))


async def write_repositories(
    connection: AsyncConnection, organization_id: UUID, batch: Batch, paths: Paths, touched: Touched
) -> dict[RepositoryKey, UUID]:
    """The id of each repository that the batch names. Locks them, by their keys, until the transaction ends.

    The caller holds the lock for new things if `any_new`.
    """
    named = {key for key in batch.repository_keys if key.host == records.BY_PATH}
    meant = await find_by_path(connection, organization_id, named, paths)
    real = {key: key for key in batch.repository_keys - named}
    real |= {key: known for key, known in meant.items() if isinstance(known, RepositoryKey)}
    rows = [bare_row(key, organization_id) for key in real.values()]
    for repository in first_and_last(batch.repositories_seen):
        if repository.key not in named:
            rows.append(repository_row(repository, organization_id))
        elif repository.key in real:
            bare = bare_row(real[repository.key], organization_id)
            rows.append(replace(bare, first_event_at=repository.seen_at))
    incoming = fold(rows, REPOSITORIES.key_of, merge_repositories)
    found = await REPOSITORIES.read(connection, incoming, lock=True)
    stored = {key: without_stand_in(row) for key, row in found.items() if row}
    merged = {key: merge_repositories(stored[key], row) if key in stored else row for key, row in incoming.items()}
    for removal in batch.of(records.RepositoryRemoved):
        key = row_key(removal.key, organization_id)
        merged[key] = remove(merged[key], removal)
    merged = {key: restore(row) for key, row in merged.items()}
    await give_and_take(connection, organization_id, batch, merged)
    ids = {key: row.id or uuid4() for key, row in merged.items()}
    changed = [
        Changed(stored.get(key), with_stand_in(replace(row, id=ids[key])))
        for key, row in merged.items()
        if row != stored.get(key)
    ]
    await REPOSITORIES.write(connection, changed)
    for change in changed:
        if change.before is not None and change.after.id and links_of(change.before) != links_of(change.after):
            touched.repositories.add(change.after.id)
    for placeholder, adopter in await find_placeholders(connection, organization_id, paths):
        await adopt(connection, placeholder, ids[row_key(adopter, organization_id)], touched)
    places = {key: known for key, known in meant.items() if isinstance(known, UUID)}
    for repository in batch.repositories_seen:
        if repository.key in named and repository.key not in real:
            held = await hold_place(connection, organization_id, repository, places.get(repository.key))
            places[repository.key] = held
    return places | {key: ids[row_key(known, organization_id)] for key, known in real.items()}


def with_stand_in(row: RepositoryRow) -> RepositoryRow:
    """As it is stored: a path that nobody told is the provider's id."""
    path = row.path or row.provider_id
    return replace(row, path=path, name=name_of(path))


def without_stand_in(row: RepositoryRow) -> RepositoryRow:
    return replace(row, path=None, name="") if row.path == row.provider_id else row


def links_of(row: RepositoryRow) -> tuple[object, ...]:
    """What linking reads of a repository: which branch counts, and whether its history was imported."""
    return (row.default_branch, row.provider_created_at)


def remove(row: RepositoryRow, removal: records.RepositoryRemoved) -> RepositoryRow:
    if removal.deleted:
        # It may be deleted, restored, and deleted again: the last time counts.
        return replace(row, deleted_at=greatest(row.deleted_at, removal.at) or datetime.now(UTC))
    return replace(row, removed_at=since(row.removed_at, removal.at))


def restore(row: RepositoryRow) -> RepositoryRow:
    """What something happens in is there, whenever its deletion is told: providers restore repositories without a word.

    https://docs.github.com/en/repositories/creating-and-managing-repositories/restoring-a-deleted-repository
    """
    if row.deleted_at and row.seen_at and row.seen_at > row.deleted_at + LAST_EVENTS:
        return replace(row, deleted_at=None)
    return row


async def give_and_take(
    connection: AsyncConnection, organization_id: UUID, batch: Batch, rows: dict[Key, RepositoryRow]
) -> None:
    """What installations may see: as it was said last."""
    accesses = [
        (row_key(key, organization_id), subject("access", *key), given, received_at)
        for key, given, received_at in batch.accesses()
    ]
    if not accesses:
        return
    words = await read_words(connection, organization_id, (of for _, of, _, _ in accesses))
    for key, of, given, received_at in accesses:
        if words.take(of, received_at):
            removed_at = received_at or since(rows[key].removed_at, None)
            rows[key] = replace(rows[key], removed_at=None if given else removed_at)
    await save_words(connection, organization_id, words)


def since(known: datetime | None, at: datetime | None) -> datetime:
    """The earliest time told; without one, when we heard of it first."""
    if at is None:
        return known or datetime.now(UTC)
    return at if known is None else min(known, at)
