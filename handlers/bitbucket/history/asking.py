"""What every part of a repository's history needs: whom to ask, about which repository, since when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from handlers.asking.api import Repository
from handlers.asking.leaving_out import LeftOut
from handlers.bitbucket.client import Client, Query, path_of
from handlers.bitbucket.payloads import RepositoryPart
from storage.records import Record


class Landed(msgspec.Struct, frozen=True, array_like=True):
    """So many commits of the default branch's own line, the last of them this one, came at once at this time."""

    sha: str
    count: int
    at: datetime


class Page(NamedTuple):
    """Records, and the query that asks for the next page (None: this was the last)."""

    records: Sequence[Record]
    following: str | None
    # Nothing is left for the part after this one.
    covers_next: bool = False
    landed: Sequence[Landed] = ()


@dataclass
class Known:
    """What the parts before told; empty in a process that took a reading over."""

    # As Bitbucket shows it.
    shown: RepositoryPart | None = None
    # Of the default branch, by SHA.
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    times: dict[str, datetime] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    head: str = ""
    # The query of the page of commits after the last one read.
    following: str | None = None
    complete: bool = False
    left_out: LeftOut = field(default_factory=LeftOut)

    def begin(self) -> None:
        for told in (self.parents, self.times, self.messages):
            told.clear()
        self.head, self.following, self.complete = "", None, False

    def whole(self, start: str) -> str | None:
        """The one commit of which only the beginning is told; None: it is not among these."""
        if start in self.parents:
            return start
        found = [sha for sha in self.parents if sha.startswith(start)] if start else []
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class Asking:
    """A reading in hand."""

    client: Client
    repository: Repository
    since: datetime
    known: Known
    # Of the pull requests that were read.
    landed: Sequence[Landed] = ()

    @property
    def default_branch(self) -> str | None:
        shown = self.known.shown
        if shown is not None and shown.mainbranch is not None:
            return shown.mainbranch.name
        return self.repository.default_branch

    @property
    def since_stamp(self) -> str:
        """https://developer.atlassian.com/cloud/bitbucket/rest/intro/#filtering"""
        return self.since.astimezone(UTC).isoformat(timespec="seconds")

    def path(self, *parts: str) -> str:
        return repository_path(self.repository, *parts)

    async def page(self, rest: Sequence[str], following: str | None, query: Query) -> tuple[list[Any], str | None]:
        """A page of one of the repository's lists: the one that `following` asks for, or the first."""
        page = await self.client.page(self.path(*rest), query if following is None else following)
        return page.items, page.following


def repository_path(repository: Repository, *parts: str) -> str:
    """By its id, which stays when it is renamed."""
    workspace = repository.path.partition("/")[0]
    return path_of("repositories", workspace, f"{{{repository.key.provider_id}}}", *parts)


def fields(*names: str) -> tuple[str, str]:
    """Of each value only these: https://developer.atlassian.com/cloud/bitbucket/rest/intro/#partial-response"""
    return "fields", ",".join(["next", *(f"values.{name}" for name in names)])
