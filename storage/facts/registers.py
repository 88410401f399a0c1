"""Merging what two sources say of one thing: commutative, associative and idempotent.

Every rule is a maximum (or minimum) in a total order, so any history of merges ends at the same value.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
Stamps = Mapping[str, datetime | None]

BEFORE_ALL_TIME = datetime.min.replace(tzinfo=UTC)


class Comparable(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


Value = TypeVar("Value", bound=Comparable)


def least(first: Value | None, second: Value | None) -> Value | None:
    """The smaller of what is known; for times the earlier."""
    if first is None or second is None:
        return second if first is None else first
    return second if second < first else first


def greatest(first: Value | None, second: Value | None) -> Value | None:
    """The greater of what is known; for times the later."""
    if first is None or second is None:
        return second if first is None else first
    return second if first < second else first


def known_first(value: str | None) -> tuple[bool, str]:
    """For ordering: any text is more than none."""
    return (value is not None, value or "")


def newest_told(
    first: object, second: object, fields: Iterable[str], stamp: str
) -> tuple[dict[str, Any], dict[str, datetime | None]]:
    """Field by field the value of the newest snapshot that told it; ties by content. None is "not told".

    Both rows have a time of their newest snapshot (the attribute `stamp`; None: unknown, older than any) and
    `told_at`, the times of the fields that are from an older one. Returns the values and the new `told_at`.
    """
    first_at, second_at = getattr(first, stamp), getattr(second, stamp)
    first_told: Stamps = first.told_at  # type: ignore[attr-defined]  # rows with told_at only
    second_told: Stamps = second.told_at  # type: ignore[attr-defined]  # rows with told_at only
    newest = greatest(first_at, second_at)
    values: dict[str, Any] = {}
    told_at: dict[str, datetime | None] = {}
    for field in fields:
        value, at = getattr(first, field), first_told.get(field, first_at)
        other, other_at = getattr(second, field), second_told.get(field, second_at)
        if value is None or (
            other is not None and (at or BEFORE_ALL_TIME, value) < (other_at or BEFORE_ALL_TIME, other)
        ):
            value, at = other, other_at
        values[field] = value
        if value is not None and at != newest:
            told_at[field] = at
    return values, told_at


def fold(rows: Iterable[Row], key_of: Callable[[Row], Key], merge: Callable[[Row, Row], Row]) -> dict[Key, Row]:
    """All that one batch says of each key, as one row per key."""
    folded: dict[Key, Row] = {}
    for row in rows:
        key = key_of(row)
        known = folded.get(key)
        folded[key] = row if known is None else merge(known, row)
    return folded
