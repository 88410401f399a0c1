"""What a provider tells in a way that cannot be read costs itself alone: it is left out, and said."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
import structlog

from handlers.failures import kind_of, where
from handlers.verdicts import Unreadable
from storage.records import Record

T = TypeVar("T")
# A field that is missing, of another type, or of no value that it can have.
CANNOT_BE_READ = (msgspec.MsgspecError, Unreadable, ValueError, KeyError, TypeError)

logger = structlog.get_logger(__name__)


def why(problem: Exception) -> str:
    """Never a value of what was told, which may be anything."""
    if isinstance(problem, msgspec.MsgspecError | Unreadable):
        return str(problem)
    # It may as well be a mistake of ours, and then nobody would find it by its kind alone.
    logger.warning("what a provider told is left out", reason=kind_of(problem), where=where(problem))
    return type(problem).__name__


class LeftOut:
    """Of one step: the reasons, one for each thing."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    def each(self, found: Iterable[Any], kind: type[T]) -> list[T]:
        """Those of a list that are what they should be."""
        read: list[T] = []
        for one in found:
            try:
                read.append(msgspec.convert(one, kind))
            except CANNOT_BE_READ as problem:
                self.add(why(problem))
        return read

    def records(self, items: Iterable[T], tell: Callable[[T], Iterable[Record]]) -> list[Record]:
        """All that is told of each, or nothing of it."""
        records: list[Record] = []
        for one in items:
            try:
                records += list(tell(one))
            except CANNOT_BE_READ as problem:
                self.add(why(problem))
        return records

    def kept(self, look: Callable[[T], object], one: T) -> bool:
        """Whether it can be looked at."""
        try:
            look(one)
        except CANNOT_BE_READ as problem:
            self.add(why(problem))
            return False
        return True

    def add(self, reason: str) -> None:
        self._reasons.append(reason)

    def take(self) -> list[str]:
        """And forget them."""
        reasons, self._reasons = self._reasons, []
        return reasons
