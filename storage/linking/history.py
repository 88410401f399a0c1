"""What is known of one repository, as compact immutable rows: all that linking looks at.

Every time is aware UTC. Nothing here tells when a fact arrived, so that links cannot depend on it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from storage.linking.environments import DEVELOPMENT
from storage.linking.frozen import Frozen
from storage.linking.settings import DEPLOYMENTS, Settings


class Commit(NamedTuple):
    sha: str
    # Author time.
    time: datetime
    is_merge: bool = False
    is_bot: bool = False
    on_default_branch: bool = False
    # The first line of its message.
    title: str | None = None
    # The whole message, only when it may speak of a revert.
    message: str | None = None
    # The files that it changed, only when a service is told by its files; None: not known.
    paths: Sequence[str] | None = None


class Push(NamedTuple):
    ref: str
    # Empty: created (before) or deleted (after).
    before: str
    after: str
    time: datetime
    # Oldest first.
    commit_shas: Sequence[str] = ()
    forced: bool = False
    on_default_branch: bool = False
    total_commits: int | None = None

    @property
    def branch(self) -> str:
        """`main` of `refs/heads/main`; a tag keeps its whole name, which no branch has."""
        return self.ref.removeprefix("refs/heads/")


class Stages(NamedTuple):
    """The columns of a pull request that linking writes."""

    first_commit_at: datetime | None = None
    ready_at: datetime | None = None
    first_review_at: datetime | None = None
    shipped_at: datetime | None = None
    is_change: bool = False
    review_comments: int | None = None


class PullRequest(NamedTuple):
    number: int
    created_at: datetime
    state: str = "open"
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    base_ref: str | None = None
    head_ref: str | None = None
    head_repository: str | None = None
    head_sha: str | None = None
    # Merge, squash or last rebased SHA.
    merge_sha: str | None = None
    commit_count: int | None = None
    author_id: UUID | None = None
    is_bot: bool = False
    draft: bool = False
    title: str | None = None
    # Only when it may speak of a revert, a hotfix or an incident.
    body: str | None = None
    url: str | None = None
    labels: Sequence[str] = ()
    provider_review_comments: int | None = None
    stored: Stages = Stages()

    @property
    def landing(self) -> str | None:
        """The SHA it became on its base branch: a fast-forward leaves the head's own."""
        return self.merge_sha or self.head_sha


class MergedPullRequest(NamedTuple):
    """A pull request with its merge, which is then no longer optional."""

    merged_at: datetime
    number: int
    pr: PullRequest


class PullRequestCommit(NamedTuple):
    number: int
    sha: str
    authored_at: datetime | None = None


class PullRequestEvent(NamedTuple):
    number: int
    kind: str
    at: datetime


class Review(NamedTuple):
    number: int
    # review, comment or approval
    kind: str
    reviewer_id: UUID | None
    submitted_at: datetime
    is_bot: bool = False


class Outcome(NamedTuple):
    """The columns of a deployment that linking writes."""

    outcome: str | None = None
    failed_at: datetime | None = None
    recovered_at: datetime | None = None
    counts_recovery: bool = False
    unplanned: bool = False
    rollback: bool = False
    environment: str = DEVELOPMENT
    service: str = ""


def number_of(key: str) -> str:
    return key.partition(":")[2].partition(":")[0]


def order_of(key: str) -> tuple[str, int, str]:
    """Among equal times the smaller provider id comes first: 9 before 10."""
    kind, _, rest = key.partition(":")
    number = number_of(key)
    return (kind, int(number) if number.isdecimal() else 0, rest)


class Deployment(NamedTuple):
    key: str
    time: datetime
    source: str = DEPLOYMENTS
    environment_name: str = "production"
    # The class as the provider tells it.
    environment_told: str | None = None
    named_service: str | None = None
    task: str | None = None
    workflow: str | None = None
    job: str | None = None
    status: str = "success"
    sha: str | None = None
    ref: str | None = None
    url: str | None = None
    status_at: datetime | None = None
    started_at: datetime | None = None
    first_succeeded_at: datetime | None = None
    first_failed_at: datetime | None = None
    finished_at: datetime | None = None
    stored: Outcome = Outcome()
    # Decided by linking, from settings and what is told above: the class, and the service (empty: of none).
    environment: str = DEVELOPMENT
    service: str = ""

    @property
    def number(self) -> str:
        """The provider's own: `12` of `deployment:12` and of `pipeline:12:deploy`."""
        return number_of(self.key)

    @property
    def order(self) -> tuple[str, int, str]:
        return order_of(self.key)


class Mark(NamedTuple):
    deployment_key: str
    at: datetime
    # failed, ok, withdrawn, recovered
    mark: str
    marked_by: str = ""


class Incident(NamedTuple):
    key: str
    opened_at: datetime
    closed_at: datetime | None = None
    url: str | None = None
    service: str | None = None
    # The provider's key, or only its number.
    deployment_key: str | None = None
    # Whole, or its first characters.
    sha: str | None = None
    # What its source is mapped to in this repository; empty: all of it.
    services: Sequence[str] = ()


class Compare(NamedTuple):
    """An API's answer: the commits that `head` has and `base` has not."""

    base: str
    head: str
    commit_shas: Sequence[str]
    # `head` contains `base`.
    ahead: bool
    # All of them are listed: then nothing else that `head` has is new to `base`.
    whole: bool


class History(NamedTuple):
    """All stored facts of one repository that links are made of."""

    repository_id: UUID
    provider_id: str | None = None
    path: str = ""
    default_branch: str | None = None
    # When the provider says it was made, else the earliest event: tells an imported history from a new one.
    made_at: datetime | None = None
    commits: Mapping[str, Commit] = {}
    pushes: Sequence[Push] = ()
    pull_requests: Mapping[int, PullRequest] = {}
    pull_request_commits: Sequence[PullRequestCommit] = ()
    pull_request_events: Sequence[PullRequestEvent] = ()
    reviews: Sequence[Review] = ()
    deployments: Sequence[Deployment] = ()
    marks: Sequence[Mark] = ()
    incidents: Sequence[Incident] = ()
    compares: Sequence[Compare] = ()
    # (kind, subject) of every question that was ever asked: see questions.py.
    asked: Collection[tuple[str, str]] = frozenset()
    # Some about the files of commits have no answer yet.
    waits_for_files: bool = False
    # The commits of tags whose pushes were not received, by their whole refs.
    tags: Mapping[str, str] = {}
    settings: Settings = Settings()
    frozen: Frozen = Frozen()

    def merged(self) -> list[MergedPullRequest]:
        """Merged pull requests in the order of their merges."""
        return sorted(
            MergedPullRequest(pr.merged_at, pr.number, pr)
            for pr in self.pull_requests.values()
            if pr.merged_at is not None and pr.state == "merged"
        )
