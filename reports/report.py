"""What a report says, as plain values. The JSON of the API is these dataclasses, field for field.

Durations are elapsed seconds (float); None means "no data" and is never shown as 0. Times are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open [start, end). `days`: local calendar days in `timezone`; for odd windows seconds / 86400."""

    start: datetime
    end: datetime
    timezone: str
    days: float
    # The start that was asked for, when tracking began later and the window was cut to that day.
    asked_start: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeploymentFrequency:
    deployments: int
    succeeded: int
    # None: nothing was ever deployed to production. 0.0: not in this window.
    per_day: float | None


@dataclass(frozen=True, slots=True)
class LeadTime:
    p50_seconds: float | None
    p90_seconds: float | None
    n: int
    n_pull_requests: int
    n_commits: int


@dataclass(frozen=True, slots=True)
class ChangeFailureRate:
    failed: int
    deployments: int
    ratio: float | None


@dataclass(frozen=True, slots=True)
class RecoveryTime:
    p50_seconds: float | None
    p90_seconds: float | None
    n: int
    open: int


@dataclass(frozen=True, slots=True)
class ReworkRate:
    unplanned: int
    deployments: int
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Durations:
    p50_seconds: float | None
    p90_seconds: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Stages:
    coding: Durations
    pickup: Durations
    review: Durations
    deploy: Durations


@dataclass(frozen=True, slots=True)
class WaitingPullRequest:
    """An open pull request that waits for review, longest first."""

    repository: str
    number: int
    title: str
    url: str | None
    waiting_seconds: float
    # Names of the requested reviewers who have not answered; empty: anyone.
    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PullRequests:
    opened: int
    merged: int
    closed_unmerged: int
    # As of the window's end.
    open: int
    # Of those merged in the window; None: none merged, or no line count known.
    lines_added: int | None
    lines_deleted: int | None
    review_comments: int
    cycle_time: Durations
    stages: Stages


@dataclass(frozen=True, slots=True)
class Commits:
    count: int
    # Sums over the commits whose line counts are known; None: none is.
    lines_added: int | None
    lines_deleted: int | None
    lines_unknown: int


@dataclass(frozen=True, slots=True)
class DataQuality:
    """Something left out, assumed or missing, as a sentence for the reader."""

    kind: str
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """All numbers of one window."""

    deployment_frequency: DeploymentFrequency
    lead_time: LeadTime
    change_failure_rate: ChangeFailureRate
    recovery_time: RecoveryTime
    rework_rate: ReworkRate
    pull_requests: PullRequests
    commits: Commits


@dataclass(frozen=True, slots=True)
class TeamSubject:
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class RepositorySubject:
    provider: str
    path: str


@dataclass(frozen=True, slots=True)
class Report:
    subject: TeamSubject | RepositorySubject
    window: Window
    numbers: Numbers
    data_quality: tuple[DataQuality, ...]
    # The longest of those that wait for their first review; `waiting_count` is how many wait in all.
    waiting: tuple[WaitingPullRequest, ...]
    # None: the window was cut to the start of tracking, or that lies in the window before: nothing to compare with.
    previous_window: Window | None
    previous: Numbers | None
    previous_data_quality: tuple[DataQuality, ...] = ()
    waiting_count: int = 0
    # Only this service of the subject; None: all that it has.
    service: str | None = None
