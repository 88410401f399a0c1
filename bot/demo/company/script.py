"""The company's script: what happened, as plain facts. Payloads are made of it, and tests count it by themselves.

Every time is aware UTC. Facts after the last day are planned, and never told.
"""

from dataclasses import dataclass, field
from datetime import datetime

from bot.demo.company.people import Member, Repository


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    author: Member
    authored_at: datetime
    message: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BranchPush:
    """Commits that reach a pull request's branch together."""

    at: datetime
    commits: tuple[Commit, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """`state` is approved, changes_requested or commented, with as many comments on lines."""

    at: datetime
    reviewer: Member
    state: str
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PullRequest:
    repository: Repository
    number: int
    author: Member
    title: str
    body: str
    branch: str
    pushes: tuple[BranchPush, ...]
    created_at: datetime
    # None: never a draft.
    ready_at: datetime | None
    reviewers: tuple[Member, ...]
    reviews: tuple[Review, ...]
    merged_at: datetime | None
    merged_by: Member | None
    # Closed without a merge.
    closed_at: datetime | None
    additions: int
    deletions: int
    labels: tuple[str, ...] = ()
    # The pull request whose change this one takes back.
    reverts: "PullRequest | None" = None
    merge_sha: str = ""
    base_sha: str = ""
    # Empty: into the default branch.
    base: str = ""
    # The fork it comes from.
    source: Repository | None = None

    @property
    def commits(self) -> tuple[Commit, ...]:
        return tuple(commit for push in self.pushes for commit in push.commits)

    @property
    def first_commit_at(self) -> datetime:
        return self.commits[0].authored_at

    @property
    def ended_at(self) -> datetime | None:
        return self.merged_at or self.closed_at


@dataclass(frozen=True, slots=True)
class MainPush:
    """What reaches the default branch: a merge, or a commit without a pull request."""

    repository: Repository
    at: datetime
    pusher: Member
    before: str
    after: str
    commits: tuple[Commit, ...]
    pull_request: PullRequest | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """`fate`: succeeded, failed (its own status), rolled back or reverted. `rollback`: an older version came back."""

    repository: Repository
    id: int
    environment: str
    sha: str
    started_at: datetime
    finished_at: datetime
    creator: Member
    title: str
    fate: str = "succeeded"
    rollback: bool = False
    # Production, staging ..., where the environment's name does not say it.
    tier: str = ""

    @property
    def status(self) -> str:
        """The provider's word: success or failure."""
        return "failure" if self.fate == "failed" else "success"


@dataclass(frozen=True, slots=True)
class Incident:
    repository: Repository
    number: int
    reporter: Member
    title: str
    body: str
    opened_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happened, each list in the order of time. `start` and `end` bound what is told: [start, end)."""

    start: datetime
    end: datetime
    pull_requests: tuple[PullRequest, ...]
    main_pushes: tuple[MainPush, ...]
    deployments: tuple[Deployment, ...]
    incidents: tuple[Incident, ...] = field(default=())
