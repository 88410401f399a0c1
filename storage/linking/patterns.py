"""Names as people write them in settings: `prod-eu`, `prod-*`, `api/*`. Case does not matter."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def matches(name: str, pattern: str) -> bool:
    """`*` is any text, `?` one character."""
    return name.casefold() == pattern.casefold() or fnmatchcase(name.casefold(), pattern.casefold())


def matches_any(name: str | None, patterns: Iterable[str]) -> bool:
    return name is not None and any(matches(name, pattern) for pattern in patterns)


def best_match(name: str, patterns: Iterable[str]) -> str | None:
    """The pattern that says most of the name: the name itself, else the longest pattern."""
    found = [pattern for pattern in patterns if matches(name, pattern)]
    return min(found, key=lambda pattern: (pattern.casefold() != name.casefold(), -len(pattern), pattern), default=None)
