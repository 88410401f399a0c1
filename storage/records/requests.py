"""What only a provider's API can answer: yielded by handlers, stored, fetched in batches by the worker."""

from dataclasses import dataclass
from datetime import datetime

from storage.records.repositories import RepositoryKey


@dataclass(frozen=True, slots=True)
class EnrichmentRequest:
    """kind is 'commit' (line counts of a SHA), 'push' (its commits beyond the limit, "before...after"),
    'compare' (what lies between two SHAs, "base...head"), 'pull_request' (its commits and merge, the number), 'files'
    (those of a SHA) or 'tag' (where a whole ref is set)."""

    repository: RepositoryKey
    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """A repository's past is wanted: nothing of it from before its first webhook is known. Asked once."""

    repository: RepositoryKey
    # None: as far back as a backfill goes.
    since: datetime | None = None
