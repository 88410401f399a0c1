"""Which deployments count: what the metrics of deployments have in common."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from reports.evidence import Evidence
from reports.sources import AnySelect, in_repositories, in_services, in_window, word
from storage.models.deployments import Deployment, DeploymentEvidence
from storage.models.repositories import Repository

IN_PRODUCTION = sa.and_(
    in_repositories(Deployment.repository_id),
    in_services(Deployment.repository_id, Deployment.service),
    Deployment.environment == word("production"),
)
# Finished in the window; one that was canceled, or that settings leave out, has no outcome.
COUNTED = sa.and_(IN_PRODUCTION, in_window(Deployment.finished_at), Deployment.outcome.is_not(None))
FAILED = Deployment.outcome == "failed"


_DECIDING = (
    sa.select(DeploymentEvidence.kind)
    .where(
        DeploymentEvidence.repository_id == Deployment.repository_id,
        DeploymentEvidence.provider_key == Deployment.provider_key,
        DeploymentEvidence.decides,
    )
    .limit(1)
    .correlate(Deployment)
    .scalar_subquery()
)


def with_reason(counted_as: Any) -> sa.ColumnElement[str]:
    """`failed: rollback`: with what decided the outcome."""
    return sa.func.concat_ws(": ", counted_as, _DECIDING)


def select_deployments(*columns: sa.ColumnElement[Any]) -> AnySelect:
    """Deployments of one window as evidence; the caller says which, and how they were counted."""
    return (
        sa.select(
            Repository.path,
            Deployment.provider_key,
            Deployment.environment_name,
            Deployment.service,
            Deployment.sha,
            Deployment.url,
            Deployment.outcome,
            *columns,
        )
        .select_from(Deployment)
        .join(Repository, Repository.id == Deployment.repository_id)
    )


# Where a deployment stands among those of a window.
PLACE = (Deployment.finished_at, Deployment.repository_id, Deployment.provider_key)
NEWEST_FIRST = (Deployment.finished_at.desc(), Deployment.repository_id, Deployment.provider_key)


def as_evidence(rows: Sequence[sa.Row[Any]]) -> list[Evidence]:
    """Of rows with `at`, `counted_as` and `seconds` beside the columns above."""
    return [
        Evidence(
            repository=row.path,
            subject=row.provider_key,
            title=" ".join(part for part in (row.service, row.environment_name, (row.sha or "")[:8]) if part),
            url=row.url,
            at=row.at,
            counted_as=row.counted_as,
            seconds=row.seconds,
        )
        for row in rows
    ]
