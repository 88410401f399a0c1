"""Pull requests (merge requests), their moments, reviews and requested reviewers."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.people import Person
from storage.records.repositories import RepositoryKey


@dataclass(frozen=True, slots=True)
class PullRequest:
    """One snapshot. The newest `seen_at` wins; merged is final; `merged_at` is the earliest told."""

    repository: RepositoryKey
    number: int
    seen_at: datetime
    created_at: datetime
    # open, closed, merged
    state: str
    merged_at: datetime | None
    closed_at: datetime | None
    draft: bool
    author: Person | None
    title: str
    url: str | None
    body: str | None
    base_ref: str
    head_ref: str
    # The provider's id of the head's repository; None when it was deleted.
    head_repository: str | None
    head_sha: str | None
    # Merge, squash or last rebased SHA; None while open and when the provider does not tell.
    merge_sha: str | None
    labels: tuple[str, ...]
    provider_id: str | None = None
    # None where the payload does not carry them (GitLab; GitHub's reviews and lists).
    lines_added: int | None = None
    lines_deleted: int | None = None
    files_changed: int | None = None
    commit_count: int | None = None
    review_comments: int | None = None


@dataclass(frozen=True, slots=True)
class PullRequestEvent:
    """A moment that decides a stage: opened, ready, draft, closed, reopened, merged, retargeted."""

    repository: RepositoryKey
    number: int
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PullRequestCommit:
    """A commit that the provider itself lists in (or names as the head of) a pull request."""

    repository: RepositoryKey
    number: int
    sha: str
    # Author time; None: not told.
    authored_at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """A review, a comment or an approval; also by authors and bots: what counts is decided later."""

    repository: RepositoryKey
    number: int
    # With its kind before it: "review:1", "comment:2", "note:3", "approval:<user>".
    provider_key: str
    # review, comment or approval
    kind: str
    reviewer: Person | None
    state: str | None
    submitted_at: datetime
    seen_at: datetime
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """Somebody was asked to review, or no longer is. `reviewer` is "account:<id>" or "team:<id>"."""

    repository: RepositoryKey
    number: int
    reviewer: str
    name: str
    person: Person | None
    requested: bool
    seen_at: datetime
