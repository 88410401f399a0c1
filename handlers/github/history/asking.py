"""What every part of a history needs: whom to ask, about which repository, since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from handlers.asking.api import Repository
from handlers.asking.leaving_out import LeftOut
from handlers.github.client import Installed
from handlers.github.gate import Overloaded
from handlers.incidents import IncidentLabels
from handlers.registry import Origin
from storage.records import Record

# Where a query is too much for GitHub, a smaller one is tried.
FEWER = 4


class Page(NamedTuple):
    """Records, and where the next page begins (None: this was the last)."""

    records: Sequence[Record]
    following: str | None
    # Nothing is left for the part after this one.
    covers_next: bool = False


@dataclass
class Known:
    """Parents by SHA, as the parts before this one told them; empty in a process that took over."""

    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    # SHAs, the newest deployment's first.
    deployed: list[str] = field(default_factory=list)
    head: str | None = None
    branch: str | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    # This process read every part since the first.
    read_from_start: bool = False
    complete: bool = False

    def begin(self) -> None:
        self.parents.clear()
        self.times.clear()
        self.deployed.clear()
        self.head = self.branch = None
        self.read_from_start, self.complete = True, False


@dataclass(frozen=True)
class Asking:
    """A reading in hand."""

    installed: Installed
    repository: Repository
    since: datetime
    known: Known
    incident_labels: IncidentLabels

    @property
    def origin(self) -> Origin:
        return Origin(self.since, self.repository.key.host, self.incident_labels)

    @property
    def default_branch(self) -> str | None:
        return self.known.branch or self.repository.default_branch

    @property
    def names(self) -> dict[str, str]:
        """For addresses and queries."""
        owner, _, name = self.repository.path.rpartition("/")
        return {"owner": owner, "name": name}

    @property
    def since_stamp(self) -> str:
        """As GitHub writes times."""
        return self.since.strftime("%Y-%m-%dT%H:%M:%SZ")

    async def query(self, query: str, size: int, **variables: Any) -> Mapping[str, Any]:
        """The repository in the answer to a query with $owner, $name and $size."""
        for smaller in (size, size // FEWER, 1):
            try:
                found = await self.installed.graphql(query, size=smaller, **self.names, **variables)
            except Overloaded:
                if smaller <= 1:
                    raise
                continue
            repository: Mapping[str, Any] = found["repository"]
            return repository
        raise AssertionError

    async def page(self, following: str | None, url: str, **variables: str) -> tuple[Any, str | None]:
        """A page of a REST list: the one at `following`, or the first."""
        if following is not None:
            return await self.installed.page(following)
        return await self.installed.page("/repos/{owner}/{name}" + url, **self.names, **variables)
