"""A batch of records, sorted by what they are."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

from storage import records
from storage.records import Person, Record, RepositoryKey

Kind = TypeVar("Kind")

# Which field of a record names somebody.
NAMED: tuple[tuple[type[Any], str], ...] = (
    (records.Commit, "author"),
    (records.PullRequest, "author"),
    (records.Review, "reviewer"),
    (records.ReviewRequest, "person"),
    (records.DeploymentStatus, "deployed_by"),
    (records.TeamMembership, "person"),
    (records.MemberRemoved, "person"),
)


class Batch:
    """Records by kind; within a kind in order of receipt."""

    def __init__(self, everything: Sequence[Record]) -> None:
        self.everything = everything
        self.by_kind: dict[type, list[object]] = defaultdict(list)
        for record in everything:
            self.by_kind[type(record)].append(record)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return self.by_kind.get(kind, [])  # type: ignore[return-value]  # sorted by type

    @cached_property
    def repositories_seen(self) -> list[records.Repository]:
        """Their attributes, wherever they are told."""
        seen = list(self.of(records.Repository))
        for installation in self.of(records.InstallationRepositories):
            seen += installation.added
        return seen

    def accesses(self) -> Iterator[tuple[RepositoryKey, bool, datetime | None]]:
        """Repositories that an installation may see from now on, or (False) no longer, and when that was received."""
        for record in self.of(records.InstallationRepositories):
            yield from ((repository.key, True, record.received_at) for repository in record.added)
            yield from ((key, False, record.received_at) for key in record.removed)

    @cached_property
    def repository_keys(self) -> set[RepositoryKey]:
        """Every repository that a record names."""
        keys = {repository.key for repository in self.repositories_seen}
        keys.update(record.key for record in self.of(records.RepositoryRemoved))
        keys.update(key for key, _, _ in self.accesses())
        kinds: tuple[type[Any], ...] = (
            records.Commit,
            records.CommitFiles,
            records.Push,
            records.PullRequest,
            records.PullRequestEvent,
            records.PullRequestCommit,
            records.Review,
            records.ReviewRequest,
            records.DeploymentStatus,
            records.TeamOwnership,
            records.EnrichmentRequest,
            records.HistoryRequest,
        )
        for kind in kinds:
            keys.update(map(attrgetter("repository"), self.of(kind)))
        for incident in self.of(records.Incident):
            keys.update(key for key in (incident.repository, incident.named_repository) if key)
        return keys

    def people(self) -> Iterator[Person]:
        """Everybody whom a record names."""
        yield from self.of(records.Person)
        for kind, name in NAMED:
            yield from filter(None, map(attrgetter(name), self.of(kind)))

    def team_records(
        self,
    ) -> list[records.Team | records.TeamMembership | records.TeamOwnership | records.MemberRemoved]:
        """What concerns teams, in order of receipt."""
        kinds = (records.Team, records.TeamMembership, records.TeamOwnership, records.MemberRemoved)
        if not any(map(self.of, kinds)):
            return []
        return [record for record in self.everything if isinstance(record, kinds)]

    def is_administrative(self) -> bool:
        """Whether it holds rare things whose rows no repository's lock guards."""
        rare = (
            records.Team,
            records.TeamMembership,
            records.TeamOwnership,
            records.MemberRemoved,
            records.Installation,
        )
        return (
            any(self.of(kind) for kind in rare)
            or any(incident.repository is None for incident in self.of(records.Incident))
            or any(key.host == records.BY_PATH for key in self.repository_keys)
        )
