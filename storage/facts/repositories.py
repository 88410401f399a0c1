"""Finding and making the repositories of a batch, and keeping their attributes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.placeholders import adopt, find_placeholders
from storage.facts.registers import Stamps, fold, greatest, least, newest_told
from storage.facts.tables import Changed, FactTable, Key
from storage.facts.touched import Touched
from storage.facts.values import text
from storage.models import repositories as models
from storage.records import RepositoryKey

LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class RepositoryRow:
    id: UUID
    organization_id: UUID
    provider: str
    host: str
    provider_id: str
    name: str
    # The provider's id until an event tells the path.
    path: str | None
    url: str | None
    default_branch: str | None
    seen_at: datetime | None
    told_at: Stamps
    first_event_at: datetime | None
    provider_created_at: datetime | None
    removed_at: datetime | None
    deleted_at: datetime | None


def bare_row(key: RepositoryKey, organization_id: UUID) -> RepositoryRow:
    """A repository of which nothing is known but that it is there."""
    provider_id = text(key.provider_id, LONGEST_NAME)
    return RepositoryRow(
        id=uuid4(),
        organization_id=organization_id,
        provider=key.provider,
        host=text(key.host),
        provider_id=provider_id,
        name=provider_id,
        path=provider_id,
        url=None,
        default_branch=None,
        seen_at=None,
        told_at={},
        first_event_at=None,
        provider_created_at=None,
        removed_at=None,
        deleted_at=None,
    )


def repository_row(repository: records.Repository, organization_id: UUID) -> RepositoryRow:
    path = text(repository.path)
    return replace(
        bare_row(repository.key, organization_id),
        name=path.rpartition("/")[2][:LONGEST_NAME],
        path=path,
        url=text(repository.url),
        default_branch=text(repository.default_branch, LONGEST_NAME),
        seen_at=repository.seen_at,
        first_event_at=repository.seen_at,
        provider_created_at=repository.created_at,
    )


def merge_repositories(first: RepositoryRow, second: RepositoryRow) -> RepositoryRow:
    """The newest names win; the first event and the creation are the earliest told. Keeps the first one's id."""
    if first == second:
        return first
    values, told_at = newest_told(told_path(first), told_path(second), ("path", "url", "default_branch"), "seen_at")
    path = values["path"] or first.provider_id
    return replace(
        first,
        name=path.rpartition("/")[2][:LONGEST_NAME],
        path=path,
        url=values["url"],
        default_branch=values["default_branch"],
        seen_at=greatest(first.seen_at, second.seen_at),
        told_at=told_at,
        first_event_at=least(first.first_event_at, second.first_event_at),
        provider_created_at=least(first.provider_created_at, second.provider_created_at),
        removed_at=least(first.removed_at, second.removed_at),
        deleted_at=least(first.deleted_at, second.deleted_at),
    )


def told_path(row: RepositoryRow) -> RepositoryRow:
    return replace(row, path=None) if row.path == row.provider_id else row


REPOSITORIES = FactTable(
    RepositoryRow,
    models.Repository,
    ["organization_id", "provider", "host", "provider_id"],
    merge_repositories,
)


def row_key(key: RepositoryKey, organization_id: UUID) -> Key:
    return (organization_id, key.provider, text(key.host), text(key.provider_id, LONGEST_NAME))


async def any_new(
    connection: AsyncConnection,
    organization_id: UUID,
    keys: Collection[RepositoryKey],
    seen: Collection[records.Repository],
) -> bool:
    """Whether a repository is new, or the path of one was given to a team beforehand: then rows are made or removed."""
    wanted = {row_key(key, organization_id) for key in keys}
    known = await REPOSITORIES.read(connection, wanted)
    return len(known) < len(wanted) or bool(await find_placeholders(connection, organization_id, seen))


async def write_repositories(
    connection: AsyncConnection,
    organization_id: UUID,
    keys: Collection[RepositoryKey],
    seen: Collection[records.Repository],
    removals: Iterable[tuple[RepositoryKey, records.RepositoryRemoved | None]],
    touched: Touched,
) -> dict[RepositoryKey, UUID]:
    """The id of each repository. Locks them, in the order of their keys, until the transaction ends.

    `removals`, in order of receipt: that a repository went away, or (None) came back. The caller holds the lock for new
    things if `any_new`.
    """
    rows = [bare_row(key, organization_id) for key in keys]
    rows += (repository_row(repository, organization_id) for repository in seen)
    incoming = fold(rows, REPOSITORIES.key_of, merge_repositories)
    stored = await REPOSITORIES.read(connection, incoming, lock=True)
    merged = {
        key: merge_repositories(before, row) if (before := stored.get(key)) else row for key, row in incoming.items()
    }
    for repository_key, removal in removals:
        key = row_key(repository_key, organization_id)
        merged[key] = remove(merged[key], removal)
    changed = [Changed(stored.get(key), row) for key, row in merged.items() if row != stored.get(key)]
    await REPOSITORIES.write(connection, changed, {})
    for change in changed:
        if change.before is not None and links_of(change.before) != links_of(change.after):
            touched.repositories.add(change.after.id)
    ids = {key: merged[row_key(key, organization_id)].id for key in keys}
    for placeholder, path_key in await find_placeholders(connection, organization_id, seen):
        await adopt(connection, placeholder, ids[path_key])
    return ids


def links_of(row: RepositoryRow) -> tuple[object, ...]:
    """What linking reads of a repository: which branch counts, and whether its history was imported."""
    return (row.default_branch, row.provider_created_at)


def remove(row: RepositoryRow, removal: records.RepositoryRemoved | None) -> RepositoryRow:
    if removal is None:
        return replace(row, removed_at=None)
    if removal.deleted:
        return replace(row, deleted_at=since(row.deleted_at, removal.at))
    return replace(row, removed_at=since(row.removed_at, removal.at))


def since(known: datetime | None, at: datetime | None) -> datetime:
    """The earliest time told; without one, when we heard of it first."""
    if at is None:
        return known or datetime.now(UTC)
    return at if known is None else min(known, at)
