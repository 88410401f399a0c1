"""Everything known of one deployment: how it counts, why, and what people said of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models.deployments import Deployment, DeploymentEvidence, DeploymentMark
from storage.models.organizations import Organization
from storage.models.repositories import Repository

# A repository's id and the provider's key.
DeploymentId = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain of evidence: something that says that a deployment failed, or that it did not."""

    # mark, status, rollback, revert, hotfix, incident
    kind: str
    # What says so: a deployment's key, "pull_request:12", an incident's key, a person ("slack:U1", "cli:ana").
    source: str
    at: datetime
    # On the provider's site.
    url: str | None
    # The first that speaks decides the outcome.
    decides: bool


@dataclass(frozen=True, slots=True)
class Mark:
    # failed, ok, withdrawn, recovered
    mark: str
    # "slack:U1", "cli:ana"
    marked_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeploymentStory:
    provider: str
    path: str
    key: str
    # The class, and the provider's own name.
    environment: str
    environment_name: str
    service: str
    sha: str | None
    url: str | None
    status: str
    # None: not yet, or canceled.
    finished_at: datetime | None
    # succeeded or failed; None until it finished.
    outcome: str | None
    failed_at: datetime | None
    recovered_at: datetime | None
    unplanned: bool
    rollback: bool
    # Strongest first.
    chain: tuple[Link, ...]
    # Oldest first.
    marks: tuple[Mark, ...]
    # IANA name: the organization's.
    timezone: str
    # It stands, whatever is said of it: since when the repository's details are kept. None: marks have their effect.
    kept_since: datetime | None = None

    @property
    def mark(self) -> str | None:
        """The mark that holds: failed or ok; None: nobody marked it, or it was withdrawn."""
        holding = None
        for one in self.marks:
            if one.mark != "recovered":
                holding = None if one.mark == "withdrawn" else one.mark
        return holding


_IDS = sa.bindparam("repository_ids", type_=ARRAY(sa.Uuid()))
_KEYS = sa.bindparam("keys", type_=ARRAY(sa.Text()))
_WANTED = (
    sa.func.unnest(_IDS, _KEYS)
    .table_valued(sa.column("repository_id", sa.Uuid()), sa.column("key", sa.Text()), name="wanted")
    .render_derived()
)
# The order in which they decide: mark, status, rollback, revert or hotfix, incident.
_STRENGTH = sa.func.array_position(
    sa.literal(["mark", "status", "rollback"], ARRAY(sa.Text())), sa.cast(DeploymentEvidence.kind, sa.Text())
)
CHAINS = (
    sa.select(
        DeploymentEvidence.repository_id,
        DeploymentEvidence.provider_key,
        DeploymentEvidence.kind,
        DeploymentEvidence.source,
        DeploymentEvidence.at,
        DeploymentEvidence.url,
        DeploymentEvidence.decides,
    )
    .join(
        _WANTED,
        sa.and_(
            _WANTED.c.repository_id == DeploymentEvidence.repository_id,
            _WANTED.c.key == DeploymentEvidence.provider_key,
        ),
    )
    .order_by(
        DeploymentEvidence.decides.desc(),
        _STRENGTH.asc().nulls_last(),
        DeploymentEvidence.kind == "incident",
        DeploymentEvidence.at,
        DeploymentEvidence.source,
    )
)


async def read_chains(
    connection: AsyncConnection, deployments: Iterable[DeploymentId]
) -> Mapping[DeploymentId, tuple[Link, ...]]:
    """The evidence of each of these deployments, strongest first; none for those of which nothing speaks."""
    wanted = list(deployments)
    found: dict[DeploymentId, tuple[Link, ...]] = defaultdict(tuple)
    if wanted:
        ids, keys = zip(*wanted, strict=True)
        for row in await connection.execute(CHAINS, {"repository_ids": list(ids), "keys": list(keys)}):
            found[row[0], row[1]] += (Link(*row[2:]),)
    return found


async def tell_deployment(connection: AsyncConnection, repository_id: UUID, key: str) -> DeploymentStory | None:
    row = (
        await connection.execute(
            sa.select(
                Repository.provider,
                Repository.path,
                Deployment.environment,
                Deployment.environment_name,
                Deployment.service,
                Deployment.sha,
                Deployment.url,
                Deployment.status,
                Deployment.finished_at,
                Deployment.outcome,
                Deployment.failed_at,
                Deployment.recovered_at,
                Deployment.unplanned,
                Deployment.rollback,
                Organization.timezone,
                sa.case((Deployment.frozen, Repository.frozen_before)).label("kept_since"),
            )
            .select_from(Deployment)
            .join(Repository, Repository.id == Deployment.repository_id)
            .join(Organization, Organization.id == Repository.organization_id)
            .where(Deployment.repository_id == repository_id, Deployment.provider_key == key)
        )
    ).one_or_none()
    if row is None:
        return None
    marks = await connection.execute(
        sa.select(DeploymentMark.mark, DeploymentMark.marked_by, DeploymentMark.at)
        .where(DeploymentMark.repository_id == repository_id, DeploymentMark.provider_key == key)
        .order_by(DeploymentMark.at, DeploymentMark.mark)
    )
    chains = await read_chains(connection, [(repository_id, key)])
    return DeploymentStory(
        key=key, chain=chains[repository_id, key], marks=tuple(Mark(*mark) for mark in marks), **row._mapping
    )
