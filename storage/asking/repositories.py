"""The repositories that a provider's API can be asked about."""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import RepositoryKey

# Parameters for the places (organization, provider, host) whose API can be asked.
PLACES = """unnest(CAST(:organizations AS uuid[]), CAST(:providers AS text[]), CAST(:hosts AS text[]))
    AS place (organization_id, provider, host)"""
# One that the installation lost, or that was deleted, answers nothing.
REACHED = "repository.removed_at IS NULL AND repository.deleted_at IS NULL"
ASKABLE = f"""repositories AS repository JOIN {PLACES} USING (organization_id, provider, host) WHERE {REACHED}"""
COLUMNS = """repository.id, repository.organization_id, repository.provider, repository.host, repository.provider_id,
    repository.path, repository.default_branch, ARRAY(
        SELECT deployment_source FROM repository_settings AS setting WHERE setting.repository_id = repository.id
        UNION SELECT rules ->> 'source' FROM services AS service
        WHERE service.repository_id = repository.id AND rules ? 'source') AS sources"""

# In one that is archived nothing happens any more.
LIST = text(f"SELECT {COLUMNS} FROM {ASKABLE} AND (:archived OR archived_at IS NULL) ORDER BY lower(repository.path)")  # noqa: S608 (constants of this module)

DEFAULT_BRANCHES = text("""
SELECT provider, host, provider_id, default_branch FROM repositories
WHERE organization_id = ANY(CAST(:organizations AS uuid[])) AND provider = ANY(CAST(:providers AS text[]))
    AND default_branch IS NOT NULL
""")


class Place(NamedTuple):
    """One organization's provider at one host: one API with one set of credentials."""

    organization_id: UUID
    provider: str
    host: str


class Repository(NamedTuple):
    """A repository to ask about. `path` is the newest known; only `key` stays the same through renames."""

    id: UUID
    organization_id: UUID
    key: RepositoryKey
    path: str
    default_branch: str | None
    # What settings say that its deployments are, beside what the provider calls so: workflow, release, merge.
    sources: frozenset[str] = frozenset()

    @property
    def place(self) -> Place:
        return Place(self.organization_id, self.key.provider, self.key.host)


def parameters(places: Collection[Place]) -> dict[str, list[UUID] | list[str]]:
    """Those of `PLACES`."""
    return {
        "organizations": [place.organization_id for place in places],
        "providers": [place.provider for place in places],
        "hosts": [place.host for place in places],
    }


def repository_from(row: tuple[UUID, UUID, str, str, str, str, str | None, list[str]]) -> Repository:
    id_, organization_id, provider, host, provider_id, path, default_branch, sources = row
    key = RepositoryKey(provider, host, provider_id)
    return Repository(id_, organization_id, key, path, default_branch, frozenset(sources))


async def list_repositories(
    connection: AsyncConnection, places: Collection[Place], *, archived: bool = False
) -> list[Repository]:
    """`archived`: those, too."""
    rows = await connection.execute(LIST, {**parameters(places), "archived": archived})
    return [repository_from(tuple(row)) for row in rows]


async def list_default_branches(
    connection: AsyncConnection, organizations: Collection[UUID], providers: Collection[str]
) -> Mapping[RepositoryKey, str]:
    """Of those repositories alone of which somebody told it."""
    values = {"organizations": list(organizations), "providers": list(providers)}
    rows = await connection.execute(DEFAULT_BRANCHES, values)
    return {RepositoryKey(provider, host, provider_id): branch for provider, host, provider_id, branch in rows}
