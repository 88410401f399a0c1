"""All tables. Importing this package fills `Base.metadata`."""

from storage.models import (
    aggregates,
    alerts,
    asking,
    changes,
    connections,
    deliveries,
    deployments,
    digests,
    history,
    organizations,
    people,
    pull_requests,
    repositories,
)
from storage.models.base import Base

__all__ = [
    "Base",
    "aggregates",
    "alerts",
    "asking",
    "changes",
    "connections",
    "deliveries",
    "deployments",
    "digests",
    "history",
    "organizations",
    "people",
    "pull_requests",
    "repositories",
]
