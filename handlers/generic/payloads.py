"""What both kinds of documents have: strict, so that a misspelt field is told and not lost. See docs/generic.md."""

from typing import Annotated

import msgspec
from msgspec import Meta

from handlers.providers import PROVIDERS
from handlers.registry import Origin
from handlers.times import required_time
from handlers.verdicts import Unreadable
from storage.records import Repository, RepositoryKey, by_path

PROVIDER = "generic"
# The sender's own id. No colon: that separates the parts of our keys.
Identity = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._/+-]{1,100}$")] | Annotated[int, Meta(ge=0, le=2**63 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Path = Annotated[str, Meta(pattern=r"^[^\s/:]+(/[^\s/:]+)+$", max_length=255)]
Commit = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{7,64}$")]
Moment = str | int | float


class RepositoryPart(msgspec.Struct, forbid_unknown_fields=True):
    path: Path
    # Left out: one that is on none of the providers.
    provider: str = PROVIDER


def identity(kind: str, id_: str | int, origin: Origin) -> str:
    """`deployment:42:jenkins`: two tools may count alike."""
    return f"{kind}:{id_}:{origin.host}"


def repository_of(part: RepositoryPart, seen_at: Moment) -> Repository:
    """Of another provider it is known by its path only."""
    at = required_time(seen_at, "at")
    if part.provider == PROVIDER:
        return Repository(RepositoryKey(PROVIDER, PROVIDER, part.path.lower()), part.path, None, None, at)
    if part.provider not in PROVIDERS:
        raise Unreadable(f"Its `repository.provider` is {part.provider[:40]!r}, not one of {', '.join(PROVIDERS)}.")
    return Repository(by_path(part.provider, part.path), part.path, None, None, at)
