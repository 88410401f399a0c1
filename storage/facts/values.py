"""What PostgreSQL can hold of what the outside says. Pure."""

from typing import overload

LARGEST_INTEGER = 2**31 - 1


class CannotBeStored(ValueError):
    """A record whose identity does not fit the tables: why, in a sentence for the administrator."""


@overload
def text(value: str, longest: int | None = None) -> str: ...
@overload
def text(value: str | None, longest: int | None = None) -> str | None: ...
def text(value: str | None, longest: int | None = None) -> str | None:
    """Text without what PostgreSQL refuses (NUL, lone surrogates), cut to the column's length."""
    if value is None:
        return None
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    if "\x00" in value:
        value = value.replace("\x00", "\ufffd")
    return value if longest is None else value[:longest]


def count(value: int | None) -> int | None:
    """A number that a 4-byte column holds; anything else is as good as not told."""
    return value if value is not None and 0 <= value <= LARGEST_INTEGER else None


def number(value: int) -> int:
    """The number of a pull request. Raises CannotBeStored: it is an identity, so it cannot be left out."""
    if not 0 <= value <= LARGEST_INTEGER:
        raise CannotBeStored(f"The pull request's number {value} is outside 0 to {LARGEST_INTEGER}: not a real one.")
    return value
