"""Teams, memberships and installations. Their events carry no time, so of two the one received last holds.

`received_at` is no part of what is said: reading a delivery adds it. None: it holds now, as when a provider was asked.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from storage.records.people import Person
from storage.records.repositories import Repository, RepositoryKey


class TeamKey(NamedTuple):
    provider: str
    host: str
    provider_id: str


@dataclass(frozen=True, slots=True)
class Team:
    key: TeamKey
    slug: str
    name: str
    deleted: bool = False
    received_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TeamMembership:
    """Somebody joined a team, or left it (`member` False)."""

    team: TeamKey
    person: Person
    role: str
    member: bool
    received_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TeamOwnership:
    """A team was given a repository (it owns it from maintain or admin rights on), or lost it (`owns` False)."""

    team: TeamKey
    repository: RepositoryKey
    owns: bool
    received_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """A person left the organization: out of all its teams that came from this provider."""

    person: Person
    received_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Installation:
    provider: str
    host: str
    provider_id: str
    account: str | None
    suspended: bool
    seen_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class InstallationRepositories:
    """Repositories that an installation gained or lost."""

    provider: str
    host: str
    added: tuple[Repository, ...]
    removed: tuple[RepositoryKey, ...]
    received_at: datetime | None = field(default=None, compare=False)


# Each has a `received_at`.
Untimed = Team | TeamMembership | TeamOwnership | MemberRemoved | InstallationRepositories
