"""Merging what two sources say of one thing: commutative, associative and idempotent.

Every rule is a maximum (or minimum) in a total order, so any history of merges ends at the same value.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
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


class Told:
    """Fields of snapshots that may leave some out: of each the value of the newest snapshot that told it.

    A row has the time of its newest snapshot (the attribute `stamp`; None: unknown, older than any) and `told_at`, the
    times of the fields that are from an older one. None is "not told"; ties are decided by content.
    """

    def __init__(self, stamp: str, fields: Sequence[str]) -> None:
        self.fields = tuple(fields)
        self.stamp_of: Callable[[object], datetime | None] = attrgetter(stamp)
        self.told_at_of: Callable[[object], Stamps] = attrgetter("told_at")
        self.values_of: Callable[[object], tuple[Any, ...]] = attrgetter(*fields)

    def merge(self, first: object, second: object) -> tuple[dict[str, Any], dict[str, datetime | None]]:
        """The values by field, and the new `told_at` (of these fields)."""
        first_at, second_at = self.stamp_of(first), self.stamp_of(second)
        first_told, second_told = self.told_at_of(first), self.told_at_of(second)
        if not first_told and not second_told and first_at != second_at:
            newer = self.values_of(second if is_newer(second_at, None, first_at, None) else first)
            if None not in newer:
                return dict(zip(self.fields, newer, strict=True)), {}
        newest = greatest(first_at, second_at)
        values: dict[str, Any] = {}
        told_at: dict[str, datetime | None] = {}
        for field, value, other in zip(self.fields, self.values_of(first), self.values_of(second), strict=True):
            at = first_told.get(field, first_at) if first_told else first_at
            other_at = second_told.get(field, second_at) if second_told else second_at
            if value is None or (other is not None and is_newer(other_at, other, at, value)):
                value, at = other, other_at
            values[field] = value
            if at != newest and value is not None:
                told_at[field] = at
        return values, told_at


def is_newer(at: datetime | None, value: Any, than: datetime | None, known: Any) -> bool:
    if at == than:
        return bool(value > known)
    return than is None or (at is not None and at > than)


def fold(rows: Iterable[Row], key_of: Callable[[Row], Key], merge: Callable[[Row, Row], Row]) -> dict[Key, Row]:
    """All that one batch says of each key, as one row per key."""
    folded: dict[Key, Row] = {}
    for row in rows:
        key = key_of(row)
        known = folded.get(key)
        folded[key] = row if known is None else merge(known, row)
    return folded
