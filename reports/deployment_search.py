"""Finds the deployments that a person means: by key or number, by commit, by address, or the last ones."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.deployments import Deployment, DeploymentKey
from storage.models.repositories import Repository


@dataclass(frozen=True, slots=True)
class FoundDeployment:
    repository_id: UUID
    provider: str
    # Path of the repository.
    path: str
    # The provider's key, as "deployment:12".
    key: str
    # The class: production, staging, development.
    environment: str
    environment_name: str
    service: str
    sha: str | None
    # success, failed, in_progress, canceled
    status: str
    # None: not yet, or canceled.
    finished_at: datetime | None
    # succeeded or failed; None until it finished.
    outcome: str | None


SAID = sa.bindparam("said", type_=sa.Text())
IDS = sa.bindparam("repository_ids", type_=ARRAY(sa.Uuid()))
# Addresses are compared without scheme and host: people paste them from anywhere.
_ADDRESS = sa.func.regexp_replace(Deployment.url, "^https?://[^/]+/", "")
BY: Mapping[str, sa.ColumnElement[bool]] = {
    "key": DeploymentKey.provider_key == SAID,
    # "12" of "deployment:12" and of "pipeline:12:deploy".
    "number": sa.func.split_part(DeploymentKey.provider_key, ":", 2) == SAID,
    # The first characters of a commit's SHA.
    "sha": Deployment.sha.like(sa.func.concat(SAID, "%")),
    # "acme/api/actions/runs/5" of "https://github.com/acme/api/actions/runs/5/job/7".
    "address": sa.or_(_ADDRESS == SAID, sa.func.starts_with(_ADDRESS, sa.func.concat(SAID, "/"))),
    "latest": sa.and_(
        Deployment.environment == "production", Deployment.finished_at.is_not(None), Deployment.outcome.is_not(None)
    ),
}
SELECTS = {
    how: sa.select(
        Deployment.repository_id,
        Repository.provider,
        Repository.path,
        Deployment.provider_key,
        Deployment.environment,
        Deployment.environment_name,
        Deployment.service,
        Deployment.sha,
        Deployment.status,
        Deployment.finished_at,
        Deployment.outcome,
    )
    .select_from(DeploymentKey)
    .join(
        Deployment,
        sa.and_(
            Deployment.time == DeploymentKey.time,
            Deployment.repository_id == DeploymentKey.repository_id,
            Deployment.provider_key == DeploymentKey.provider_key,
        ),
    )
    .join(Repository, Repository.id == DeploymentKey.repository_id)
    .where(Repository.organization_id == sa.bindparam("organization_id", type_=sa.Uuid()), condition)
    .where(Repository.id == sa.any_(IDS))
    # Only production is in numbers; the newest is what people talk of.
    .order_by(Deployment.environment != "production", Deployment.time.desc(), Deployment.provider_key)
    .limit(sa.bindparam("limit", type_=sa.BigInteger()))
    for how, condition in BY.items()
}


async def find_deployments(
    connection: AsyncConnection,
    organization_id: UUID,
    how: str,
    said: str,
    repository_ids: Collection[UUID],
    limit: int = 6,
) -> list[FoundDeployment]:
    """In these repositories; `how` is a word of `BY`. Production first, then the newest."""
    parameters: dict[str, Any] = {"organization_id": organization_id, "said": said, "limit": limit}
    rows = await connection.execute(SELECTS[how], {**parameters, "repository_ids": list(repository_ids)})
    return [FoundDeployment(*row) for row in rows]
