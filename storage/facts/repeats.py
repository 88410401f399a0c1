"""What a batch says again and again: the same repositories and people come with every delivery. Pure.

Of what differs in its time alone, the first and the last decide all that merging asks for.
"""

from collections.abc import Collection, Iterable
from operator import attrgetter
from typing import Any

from storage.facts.registers import BEFORE_ALL_TIME
from storage.records import Person, Repository

ATTRIBUTES = attrgetter(*(name for name in Repository.__dataclass_fields__ if name != "seen_at"))
NAMES = attrgetter(*(name for name in Person.__dataclass_fields__ if name != "seen_at"))


def first_and_last(repositories: Iterable[Repository]) -> list[Repository]:
    """One without a time comes before all times, and is kept beside the first that has one."""
    untimed: dict[Any, Repository] = {}
    first: dict[Any, Repository] = {}
    last: dict[Any, Repository] = {}
    for repository in repositories:
        told, at = ATTRIBUTES(repository), repository.seen_at
        if at is None:
            untimed[told] = repository
            continue
        if told not in first or at < (first[told].seen_at or at):
            first[told] = repository
        if told not in last or at > (last[told].seen_at or at):
            last[told] = repository
    return [*untimed.values(), *first.values(), *(last[told] for told in last if last[told] is not first[told])]


def newest(persons: Iterable[Person]) -> Collection[Person]:
    """Names are those of the newest event, so the older ones that say the same add nothing."""
    found: dict[Any, Person] = {}
    for person in persons:
        told = NAMES(person)
        known = found.get(told)
        if known is None or (person.seen_at or BEFORE_ALL_TIME) > (known.seen_at or BEFORE_ALL_TIME):
            found[told] = person
    return found.values()
