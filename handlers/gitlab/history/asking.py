"""What every part of a project's history needs: whom to ask, about which project, since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from handlers.asking.api import Repository
from handlers.asking.leaving_out import LeftOut
from handlers.gitlab.client import Client, path_of
from handlers.gitlab.payloads import ProjectPart
from handlers.incidents import IncidentLabels
from handlers.registry import Origin
from storage.records import Record

Query = Mapping[str, str]


class Page(NamedTuple):
    """Records, and what asks for the next page (None: this was the last)."""

    records: Sequence[Record]
    following: Query | None


@dataclass
class Known:
    """What the parts before told; empty in a process that took a reading over."""

    # As GitLab shows it.
    project: Mapping[str, Any] | None = None
    # By SHA.
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    # Of environments, by their names; None: not asked for.
    tiers: Mapping[str, str | None] | None = None
    # SHAs of the default branch.
    landed: set[str] = field(default_factory=set)
    # SHAs, the newest deployment's first.
    deployed: list[str] = field(default_factory=list)
    # The names of what that was of, branches or tags.
    deployed_from: list[str] = field(default_factory=list)
    left_out: LeftOut = field(default_factory=LeftOut)
    # This process read every part since the first.
    read_from_start: bool = False
    complete: bool = False

    def begin(self) -> None:
        self.parents.clear()
        self.times.clear()
        self.landed.clear()
        self.deployed.clear()
        self.deployed_from.clear()
        self.tiers = None
        self.read_from_start, self.complete = True, False


@dataclass(frozen=True)
class Asking:
    """A reading in hand. `project` as GitLab shows it now."""

    client: Client
    repository: Repository
    project: Mapping[str, Any]
    since: datetime
    known: Known
    incident_labels: IncidentLabels

    @property
    def origin(self) -> Origin:
        return Origin(self.since, self.repository.key.host, self.incident_labels)

    @property
    def since_stamp(self) -> str:
        return self.since.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def default_branch(self) -> str | None:
        return self.project.get("default_branch")

    @property
    def part(self) -> ProjectPart:
        """For payloads."""
        return msgspec.convert(self.project, ProjectPart)

    def path(self, rest: str) -> str:
        return path_of("projects", self.repository.key.provider_id, rest)

    async def page(self, rest: str, following: Query | None, **query: str | int) -> tuple[list[Any], Query | None]:
        """A page of one of the project's lists: the one that `following` asks for, or the first."""
        found = await self.client.page(self.path(rest), following if following is not None else query)
        return found.items, found.following
