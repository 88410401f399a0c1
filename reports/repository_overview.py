"""What is set for a repository and what was seen of it: for whoever sets it."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.linking.reader import read_settings
from storage.linking.settings import Settings
from storage.models.deployments import Deployment
from storage.repositories import find_repository


@dataclass(frozen=True, slots=True)
class SeenEnvironment:
    # The provider's own name.
    name: str
    # What made these deployments: deployments, workflow, release or merge.
    source: str
    # production, staging, development
    environment: str
    service: str
    deployments: int
    # Those that finished and count; in the DORA numbers only those of production.
    counted: int


@dataclass(frozen=True, slots=True)
class RepositoryOverview:
    provider: str
    path: str
    settings: Settings
    environments: tuple[SeenEnvironment, ...]


SEEN = (
    sa.select(
        Deployment.environment_name,
        Deployment.source,
        Deployment.environment,
        Deployment.service,
        sa.func.count().label("deployments"),
        sa.func.count().filter(Deployment.outcome.is_not(None)).label("counted"),
    )
    .where(Deployment.repository_id == sa.bindparam("repository_id"))
    .group_by(Deployment.environment_name, Deployment.source, Deployment.environment, Deployment.service)
    .order_by(sa.desc("deployments"), Deployment.environment_name, Deployment.source, Deployment.service)
    .limit(50)
)


async def repository_overview(
    connection: AsyncConnection, organization_id: UUID, provider: str, path: str
) -> RepositoryOverview | None:
    """None: nobody has heard of it. Raises `storage.refusal.Refused` for what is no repository's name."""
    found = await find_repository(connection, organization_id, provider, path)
    if found is None:
        return None
    repository_id, known_path = found
    rows = await connection.execute(SEEN, {"repository_id": repository_id})
    seen = tuple(SeenEnvironment(*row) for row in rows)
    return RepositoryOverview(provider, known_path, await read_settings(connection, repository_id), seen)
