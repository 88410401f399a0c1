"""Repositories as a payload shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class RepositoryKey(NamedTuple):
    """What stays the same through renames and transfers."""

    provider: str
    host: str
    provider_id: str


# In place of a host, of which a real one is never empty.
BY_PATH = ""


def by_path(provider: str, path: str) -> RepositoryKey:
    """Of a repository that is named by somebody who knows its path only."""
    return RepositoryKey(provider, BY_PATH, path.lower())


@dataclass(frozen=True, slots=True)
class Repository:
    """Attributes of a repository at one event. Yielded before any record that belongs to it."""

    key: RepositoryKey
    path: str
    url: str | None
    default_branch: str | None
    # The provider's time of the event (never of things inside it). None: the event had no time; its attributes
    # are then used only where nothing better is known.
    seen_at: datetime | None
    created_at: datetime | None = None
    # The address of a commit's page without the SHA at its end.
    commits_url: str | None = None


@dataclass(frozen=True, slots=True)
class RepositoryRemoved:
    """The repository was deleted, or the installation lost access to it (`deleted` False). History is kept."""

    key: RepositoryKey
    at: datetime | None
    deleted: bool
