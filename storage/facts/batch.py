"""A batch of records, sorted by what they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from storage import records
from storage.records import Person, Record, RepositoryKey

Kind = TypeVar("Kind")


class Batch:
    """Records by kind; within a kind in order of receipt."""

    def __init__(self, everything: Sequence[Record]) -> None:
        self.everything = everything
        self.by_kind: dict[type, list[object]] = defaultdict(list)
        for record in everything:
            self.by_kind[type(record)].append(record)

    def of(self, kind: type[Kind]) -> list[Kind]:
        return self.by_kind.get(kind, [])  # type: ignore[return-value]  # sorted by type

    def repositories_seen(self) -> set[records.Repository]:
        """Their attributes, wherever they are told."""
        seen = set(self.of(records.Repository))
        for installation in self.of(records.InstallationRepositories):
            seen.update(installation.added)
        return seen

    def removals(self) -> Iterator[tuple[RepositoryKey, records.RepositoryRemoved | None]]:
        """In order of receipt: repositories that went away, or (None) came back."""
        for record in self.everything:
            if isinstance(record, records.RepositoryRemoved):
                yield record.key, record
            elif isinstance(record, records.InstallationRepositories):
                yield from ((repository.key, None) for repository in record.added)
                yield from ((key, records.RepositoryRemoved(key, None, deleted=False)) for key in record.removed)

    def repository_keys(self) -> set[RepositoryKey]:
        """Every repository that a record names."""
        keys = {repository.key for repository in self.repositories_seen()}
        keys.update(key for key, _ in self.removals())
        kinds = (
            records.Commit,
            records.Push,
            records.PullRequest,
            records.PullRequestEvent,
            records.PullRequestCommit,
            records.Review,
            records.ReviewRequest,
            records.DeploymentStatus,
            records.TeamOwnership,
            records.EnrichmentRequest,
        )
        keys.update(record.repository for record in self.everything if isinstance(record, kinds))
        keys.update(incident.repository for incident in self.of(records.Incident) if incident.repository)
        return keys

    def people(self) -> set[Person]:
        """Everybody whom a record names."""
        people: Iterable[Person | None] = (
            *self.of(records.Person),
            *(commit.author for commit in self.of(records.Commit)),
            *(pull_request.author for pull_request in self.of(records.PullRequest)),
            *(review.reviewer for review in self.of(records.Review)),
            *(request.person for request in self.of(records.ReviewRequest)),
            *(status.deployed_by for status in self.of(records.DeploymentStatus)),
            *(membership.person for membership in self.of(records.TeamMembership)),
            *(removal.person for removal in self.of(records.MemberRemoved)),
        )
        return {person for person in people if person is not None}

    def team_records(
        self,
    ) -> list[records.Team | records.TeamMembership | records.TeamOwnership | records.MemberRemoved]:
        """What concerns teams, in order of receipt."""
        kinds = (records.Team, records.TeamMembership, records.TeamOwnership, records.MemberRemoved)
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
        return any(self.of(kind) for kind in rare) or any(
            incident.repository is None for incident in self.of(records.Incident)
        )
