"""Commits and pushes."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.people import Person
from storage.records.repositories import RepositoryKey


@dataclass(frozen=True, slots=True)
class Commit:
    repository: RepositoryKey
    sha: str
    time: datetime
    # 'push' (an estimate) or 'api' (the author date: replaces it).
    time_source: str
    author: Person | None
    message: str
    on_default_branch: bool
    merge: bool
    bot: bool
    lines_added: int | None = None
    lines_deleted: int | None = None
    files_changed: int | None = None
    # The files that it changed, as `storage.linking.paths.bounded` makes them of all; None: not known.
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The files of a commit that is known already; `paths` as in Commit."""

    repository: RepositoryKey
    sha: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Push:
    repository: RepositoryKey
    # Complete: refs/heads/main, refs/tags/v1.
    ref: str
    # Empty when the ref was created (before) or deleted (after).
    before: str
    after: str
    forced: bool
    on_default_branch: bool
    time: datetime
    # Oldest first.
    commit_shas: tuple[str, ...]
    total_commits: int | None
