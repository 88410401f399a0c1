"""What handlers yield: neutral, frozen, one dataclass per fact. Every time is timezone-aware."""

from storage.records.deployments import DeploymentStatus, Incident
from storage.records.history import Commit, CommitFiles, Push
from storage.records.organizations import (
    Installation,
    InstallationRepositories,
    MemberRemoved,
    Team,
    TeamKey,
    TeamMembership,
    TeamOwnership,
    Untimed,
)
from storage.records.people import Person
from storage.records.pull_requests import PullRequest, PullRequestCommit, PullRequestEvent, Review, ReviewRequest
from storage.records.repositories import BY_PATH, Repository, RepositoryKey, RepositoryRemoved, by_path
from storage.records.requests import EnrichmentRequest, HistoryRequest

Record = (
    Repository
    | RepositoryRemoved
    | Person
    | Commit
    | CommitFiles
    | Push
    | PullRequest
    | PullRequestEvent
    | PullRequestCommit
    | Review
    | ReviewRequest
    | DeploymentStatus
    | Incident
    | Team
    | TeamMembership
    | TeamOwnership
    | MemberRemoved
    | Installation
    | InstallationRepositories
    | EnrichmentRequest
    | HistoryRequest
)

__all__ = [
    "BY_PATH",
    "Commit",
    "CommitFiles",
    "DeploymentStatus",
    "EnrichmentRequest",
    "HistoryRequest",
    "Incident",
    "Installation",
    "InstallationRepositories",
    "MemberRemoved",
    "Person",
    "PullRequest",
    "PullRequestCommit",
    "PullRequestEvent",
    "Push",
    "Record",
    "Repository",
    "RepositoryKey",
    "RepositoryRemoved",
    "Review",
    "ReviewRequest",
    "Team",
    "TeamKey",
    "TeamMembership",
    "TeamOwnership",
    "Untimed",
    "by_path",
]
