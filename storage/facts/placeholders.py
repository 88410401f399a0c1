"""Repositories that are known by their path only: given to a team, or named by other tools, before their first event.

The first event of the repository itself makes them known.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import fetch
from storage.facts.removals import keep_removed
from storage.facts.touched import Touched, week_of
from storage.facts.values import text
from storage.records import BY_PATH, RepositoryKey

# What tools that know a path may have told, and what is unique of it within a repository.
FACTS = (
    ("deployments", "provider_key"),
    ("deployment_keys", "provider_key"),
    ("deployment_marks", "provider_key"),
    ("incidents", "provider_key"),
)
# What people may have said, and what is unique of it within a repository.
SAID: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("team_repositories", ("team_id",)),
    ("removed_team_repositories", ("team_id",)),
    ("team_services", ("team_id", "service")),
    ("repository_settings", ()),
    ("services", ("name",)),
    ("incident_services", ("organization_id", "source", "service")),
)
# A repository by provider and lower-cased path.
Paths = Mapping[tuple[str, str], RepositoryKey]


def paths_of(seen: Iterable[records.Repository]) -> Paths:
    """Which repository has each path; of several the smallest key, whatever their order."""
    paths: dict[tuple[str, str], RepositoryKey] = {}
    for repository in seen:
        if repository.key.host == BY_PATH:
            continue
        path = (repository.key.provider, text(repository.path).lower())
        paths[path] = min(repository.key, paths.get(path, repository.key))
    return paths


async def find_placeholders(
    connection: AsyncConnection, organization_id: UUID, paths: Paths
) -> list[tuple[UUID, RepositoryKey]]:
    """The placeholders that have one of these paths."""
    if not paths:
        return []
    rows = await fetch(
        connection,
        "SELECT r.id, s.provider, s.path FROM unnest($2::text[], $3::text[]) AS s(provider, path) JOIN repositories r "
        "ON r.organization_id = $1 AND r.provider = s.provider AND lower(r.path) = s.path "
        "WHERE r.provider_id IS NULL AND r.deleted_at IS NULL",
        organization_id,
        [provider for provider, _ in paths],
        [path for _, path in paths],
    )
    return [(placeholder, paths[provider, path]) for placeholder, provider, path in rows]


async def find_by_path(
    connection: AsyncConnection, organization_id: UUID, wanted: Iterable[RepositoryKey], paths: Paths
) -> dict[RepositoryKey, RepositoryKey | UUID]:
    """What each key of `by_path` stands for: the repository that has (of several: had last) the path, here or in this
    batch; else its placeholder, if it has one."""
    known: dict[RepositoryKey, RepositoryKey | UUID] = {}
    asked: list[RepositoryKey] = []
    for key in wanted:
        if (found := paths.get((key.provider, key.provider_id))) is not None:
            known[key] = found
        else:
            asked.append(key)
    if asked:
        rows = await fetch(
            connection,
            "SELECT DISTINCT ON (s.provider, s.path) s.provider, s.path, r.id, r.host, r.provider_id "
            "FROM unnest($2::text[], $3::text[]) AS s(provider, path) JOIN repositories r "
            "ON r.organization_id = $1 AND r.provider = s.provider AND lower(r.path) = s.path "
            "WHERE r.provider_id IS NOT NULL OR r.deleted_at IS NULL ORDER BY s.provider, s.path, "
            "r.provider_id IS NULL, r.deleted_at IS NOT NULL, r.seen_at DESC NULLS LAST, r.id",
            organization_id,
            [key.provider for key in asked],
            [key.provider_id for key in asked],
        )
        for provider, path, id_, host, provider_id in rows:
            real = RepositoryKey(provider, host, provider_id) if provider_id is not None else id_
            known[RepositoryKey(provider, BY_PATH, path)] = real
    return known


async def hold_place(
    connection: AsyncConnection, organization_id: UUID, repository: records.Repository, placeholder: UUID | None
) -> UUID:
    """The placeholder of a repository that is named by its path, made if there is none; locked."""
    path = text(repository.path)
    if placeholder is not None:
        await connection.exec_driver_sql(
            "UPDATE repositories SET first_event_at = least(first_event_at, $2) WHERE id = $1",
            (placeholder, repository.seen_at),
        )
        return placeholder
    new = uuid4()
    await connection.exec_driver_sql(
        "INSERT INTO repositories (id, organization_id, provider, path, name, first_event_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        (new, organization_id, repository.key.provider, path, path.rpartition("/")[2][:255], repository.seen_at),
    )
    return new


async def adopt(connection: AsyncConnection, placeholder: UUID, repository_id: UUID, touched: Touched) -> None:
    """Everything said of a placeholder holds for the repository itself: by hand, and by tools that know its path."""
    moved: list[tuple[object, ...]] = []
    for table, unique in FACTS:
        moved += await fetch(
            connection,
            f"UPDATE {table} t SET repository_id = $2 WHERE repository_id = $1 AND NOT EXISTS "  # noqa: S608 (constants)
            f"(SELECT FROM {table} other WHERE other.repository_id = $2 AND other.{unique} = t.{unique}) "
            f"RETURNING {'time' if table == 'deployments' else 'NULL'}",
            placeholder,
            repository_id,
        )
    for column in ("named_repository_id", "linked_repository_id"):
        moved += await fetch(
            connection,
            f"UPDATE incidents SET {column} = $2 WHERE {column} = $1 RETURNING NULL",  # noqa: S608 (constants)
            placeholder,
            repository_id,
        )
    for table, keys in SAID:
        same = "".join(f" AND other.{key} = t.{key}" for key in keys)
        await connection.exec_driver_sql(
            f"UPDATE {table} t SET repository_id = $2 WHERE repository_id = $1 AND NOT EXISTS "  # noqa: S608 (constants)
            f"(SELECT FROM {table} other WHERE other.repository_id = $2 {same})",
            (placeholder, repository_id),
        )
        await connection.exec_driver_sql(f"DELETE FROM {table} WHERE repository_id = $1", (placeholder,))  # noqa: S608 (constants)
    await keep_removed(connection, repository_id)
    due = await fetch(connection, "DELETE FROM links_due WHERE repository_id = $1 RETURNING NULL", placeholder)
    if due:
        touched.repositories.add(repository_id)
    left = " UNION ALL ".join(f"SELECT NULL FROM {table} WHERE repository_id = $1" for table, _ in FACTS)  # noqa: S608 (constants)
    # What the repository has itself is not moved.
    if not moved and not await fetch(connection, left, placeholder):
        await connection.exec_driver_sql("DELETE FROM repositories WHERE id = $1", (placeholder,))
        return
    # What was derived of it goes when it is linked anew, and needs its row until then.
    await connection.exec_driver_sql(
        "UPDATE repositories r SET first_event_at = least(r.first_event_at, p.first_event_at) "
        "FROM repositories p WHERE p.id = $1 AND r.id = $2",
        (placeholder, repository_id),
    )
    await connection.exec_driver_sql("UPDATE repositories SET deleted_at = now() WHERE id = $1", (placeholder,))
    touched.repositories.update((placeholder, repository_id))
    for (time,) in moved:
        if isinstance(time, datetime):
            touched.deployment_weeks.update((one, week_of(time)) for one in (placeholder, repository_id))
