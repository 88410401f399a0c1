"""Repositories that were given to a team before their first event, by path; the first event makes them known."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import records
from storage.facts.columns import fetch
from storage.facts.values import text
from storage.records import RepositoryKey

# A repository by provider and lower-cased path.
Paths = Mapping[tuple[str, str], RepositoryKey]


def paths_of(seen: Iterable[records.Repository]) -> Paths:
    """Which repository has each path; of several the smallest key, whatever their order."""
    paths: dict[tuple[str, str], RepositoryKey] = {}
    for repository in seen:
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
        "ON r.organization_id = $1 AND r.provider = s.provider AND lower(r.path) = s.path WHERE r.provider_id IS NULL",
        organization_id,
        [provider for provider, _ in paths],
        [path for _, path in paths],
    )
    return [(placeholder, paths[provider, path]) for placeholder, provider, path in rows]


async def adopt(connection: AsyncConnection, placeholder: UUID, repository_id: UUID) -> None:
    """Everything said by hand of a placeholder holds for the repository itself."""
    for table, key in (
        ("team_repositories", "team_id"),
        ("team_services", "team_id"),
        ("repository_settings", None),
        ("services", "name"),
    ):
        same = f"AND other.{key} = t.{key}" if key else ""
        await connection.exec_driver_sql(
            f"UPDATE {table} t SET repository_id = $2 WHERE repository_id = $1 AND NOT EXISTS "  # noqa: S608 (constants)
            f"(SELECT FROM {table} other WHERE other.repository_id = $2 {same})",
            (placeholder, repository_id),
        )
        await connection.exec_driver_sql(f"DELETE FROM {table} WHERE repository_id = $1", (placeholder,))  # noqa: S608 (constants)
    await connection.exec_driver_sql("DELETE FROM repositories WHERE id = $1", (placeholder,))
