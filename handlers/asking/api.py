"""What a provider's API can be asked: the seam between whoever asks and GitHub, GitLab or another.

Answers are records, the same that webhooks become, so nothing behind this seam knows a provider.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from storage.asking.enrichment import Question
from storage.asking.repositories import Place, Repository
from storage.records import Installation, Person, Record, RepositoryKey, Team
from storage.records import Repository as RepositoryRecord

__all__ = ["Answer", "Api", "NotNow", "Place", "Question", "Refused", "Repository", "Roster", "Step", "Survey"]


@dataclass(frozen=True, slots=True)
class Answer:
    """To one question: records, and for a compare the document that linking reads (storage/linking/reader.py)."""

    question: Question
    records: Sequence[Record] = ()
    document: Mapping[str, Any] | None = None
    # Why the provider will never answer it ("GitHub has no such commit."); None: it did.
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a repository's history, and where the next one begins (None: that was all).

    `cursor` is the provider's own, JSON; it is stored in the transaction that writes the records. `part` is said to
    people: "commits".
    """

    records: Sequence[Record]
    cursor: Mapping[str, Any] | None
    part: str
    # Of what could not be read, each with its reason; the rest of this step is in `records`.
    left_out: Sequence[str] = ()
    # No webhook tells this: what is new in it was not lost.
    untold: bool = False
    # With the last step of a backfill: what the provider does not let us read, and what to do. All else was read.
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A team as it is now: whom and what else the provider gave it before, it has no more."""

    team: Team
    # With their roles.
    members: Sequence[tuple[Person, str]]
    # Those that it owns (maintain or admin rights).
    repositories: Sequence[RepositoryKey]


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that one place has now. `complete` False: a part could not be read, so nobody is missed."""

    installations: Sequence[Installation]
    repositories: Sequence[RepositoryRecord]
    rosters: Sequence[Roster]
    complete: bool
    # Of these repositories: what happened in them stays, and nothing more will.
    archived: Collection[RepositoryKey] = ()


class NotNow(Exception):
    """It cannot be asked before `until` (a rate limit, an outage). The text is the reason, one sentence.

    `limit`: a limit of the provider's, which is nobody's failure; else the attempt counts.
    """

    def __init__(self, reason: str, until: datetime, *, limit: bool = False) -> None:
        super().__init__(reason)
        self.until = until
        self.limit = limit

    @classmethod
    def after(cls, reason: str, seconds: float) -> "NotNow":
        return cls(reason, datetime.now(UTC) + timedelta(seconds=seconds))


class Refused(Exception):
    """Asking again changes nothing until somebody acts: the text says what happened and what to do."""


class Api(Protocol):
    """One place's API. Every method may raise `NotNow` or `Refused`; none sleeps longer than a few seconds, none
    writes. Any number of calls may be under way at once: an implementation bounds what it asks by itself."""

    @property
    def place(self) -> Place: ...

    @property
    def loses_deliveries(self) -> bool:
        """Whether some that failed can never be asked for again: then the last hour is compared every hour."""
        ...

    async def answer(self, repository: Repository, questions: Sequence[Question]) -> Sequence[Answer]:
        """As many calls as needed, as few as possible. A question that is left out is asked again later."""
        ...

    async def read_history(
        self, repository: Repository, purpose: str, since: datetime, cursor: Mapping[str, Any] | None
    ) -> Step:
        """The next part of what happened since then; `cursor` None: the first. It takes a few calls, not hundreds.

        `purpose` backfill: everything. The last step's records say that the repository is known from `since` on
        (a Repository with that `seen_at`, or its creation if later); no other step's do. `purpose` repair, catch_up:
        pull requests and deployments, and whatever else webhooks may have failed to tell. `purpose` chosen: only
        what `repository.sources` make count as deployments (workflow: runs or jobs; release), and others need not.
        """
        ...

    async def survey(self) -> Survey:
        """Installations, repositories and teams as they are now."""
        ...

    async def list_failed_deliveries(self, since: datetime) -> Mapping[str, str]:
        """Deliveries since then of which no attempt succeeded: what to ask for, by delivery key. Empty where a
        provider cannot send again."""
        ...

    async def redeliver(self, delivery: str) -> None:
        """Ask for one of these once more."""
        ...

    async def close(self) -> None: ...
