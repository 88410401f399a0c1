"""What people said of one repository: which events are its deployments, which environments count, its services."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

DEPLOYMENTS = "deployments"
WORKFLOW = "workflow"
RELEASE = "release"
MERGE = "merge"
SOURCES = (DEPLOYMENTS, WORKFLOW, RELEASE, MERGE)
DEFAULT_SOURCE = DEPLOYMENTS


class Service(NamedTuple):
    """A part of a monorepo. Patterns of environments, workflows (or jobs) and tags tell its deployments, else its name
    does; `paths` tell its changes (none: every change is its)."""

    name: str
    environments: Sequence[str] = ()
    workflows: Sequence[str] = ()
    tags: Sequence[str] = ()
    paths: Sequence[str] = ()
    # Its own source of deployments; None: the repository's.
    source: str | None = None


class Settings(NamedTuple):
    source: str = DEFAULT_SOURCE
    # Names of the workflows or jobs that are deployments of what belongs to no service.
    workflows: Sequence[str] = ()
    # An environment's name or a pattern -> its class.
    environments: Mapping[str, str] = {}
    # Of the production environments only these count; none: all do.
    counted_environments: Sequence[str] = ()
    services: Sequence[Service] = ()

    @property
    def sources(self) -> frozenset[str]:
        """The repository's, and those of its services."""
        return frozenset([self.source, *(one.source for one in self.services if one.source)])

    def source_of(self, service: Service | None) -> str:
        return (service.source if service is not None else None) or self.source
