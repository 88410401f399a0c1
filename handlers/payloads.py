"""Types of payload fields that every provider has. What identifies something is bounded, so that it can be indexed."""

from typing import Annotated

from msgspec import Meta

# Provider ids are stored as text.
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]
# The number of a pull request or issue: a 4-byte column.
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
# SHA-1 or SHA-256 in hexadecimal.
Sha = Annotated[str, Meta(min_length=1, max_length=64)]
# A branch, a ref or a path.
Ref = Annotated[str, Meta(min_length=1, max_length=512)]


def host_of(url: str | None, otherwise: str) -> str:
    """Host and port of an address, lower-cased; `otherwise` when there is none."""
    if url is None:
        return otherwise
    scheme, separator, rest = url.partition("://")
    host = rest.partition("/")[0].rpartition("@")[2].lower()
    if not separator or scheme not in ("http", "https") or not 0 < len(host) <= 255:
        return otherwise
    return host


def link(url: str | None) -> str | None:
    """The address if a browser may be sent there."""
    return url if url is not None and url.startswith(("https://", "http://")) else None
