"""What links are stored as: rows of the derived tables without their repository, in the order of their columns."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from storage.linking.history import Outcome, Stages

# Why a shipped change is left out of the lead time.
NEGATIVE = "negative"
BOT = "bot"


class Note(NamedTuple):
    """A row of `link_notes`; its kinds are in notes.py."""

    kind: str
    subject: str
    at: datetime


class ChangeRow(NamedTuple):
    """A row of `changes`."""

    kind: str
    key: str
    first_commit_at: datetime
    merged_at: datetime
    is_bot: bool
    unplanned_kind: str | None
    old_commits_left_out: int
    title: str | None
    url: str | None


class ShippedRow(NamedTuple):
    """A row of `shipped_changes`."""

    service: str
    kind: str
    key: str
    deployment_key: str
    shipped_at: datetime
    first_commit_at: datetime
    lead_time_seconds: float | None
    left_out: str | None
    estimated: bool
    earliest: bool


class TouchedRow(NamedTuple):
    """A row of `touched_services`."""

    kind: str
    key: str
    service: str
    at: datetime


class EvidenceRow(NamedTuple):
    """A row of `deployment_evidence`."""

    provider_key: str
    kind: str
    source: str
    at: datetime
    decides: bool
    url: str | None


class MergeRow(NamedTuple):
    """A row of `deployments` that is a merge: made by linking, from the pull request."""

    provider_key: str
    time: datetime
    source: str
    environment_name: str
    status: str
    sha: str | None
    ref: str | None
    url: str | None
    status_at: datetime
    first_succeeded_at: datetime
    finished_at: datetime
    # As in Outcome.
    outcome: str | None
    failed_at: datetime | None
    recovered_at: datetime | None
    counts_recovery: bool
    unplanned: bool
    rollback: bool
    environment: str
    service: str


class Question(NamedTuple):
    """A row of `enrichment_requests`; its kinds are in questions.py."""

    kind: str
    subject: str


class Links(NamedTuple):
    """Everything derived from one repository's history."""

    repository_id: UUID
    changes: set[ChangeRow]
    shipped: set[ShippedRow]
    touched: set[TouchedRow]
    evidence: set[EvidenceRow]
    notes: set[Note]
    outcomes: dict[str, Outcome]
    merges: set[MergeRow]
    stages: dict[int, Stages]
    # That nobody has asked yet.
    questions: set[Question]
