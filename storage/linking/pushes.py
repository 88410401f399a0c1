"""The pushes of a repository, looked up by branch and by commit."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.linking.history import History, Push

ONE_DAY = timedelta(days=1)


class Place(NamedTuple):
    """A commit's place in what a push carried: everything before it in the list came with it or earlier."""

    push: int
    position: int


class Pushes:
    """Pushes by number, in the order of their times."""

    def __init__(self, history: History) -> None:
        self.all: list[Push] = sorted(history.pushes, key=lambda push: (push.time, push.ref, push.before, push.after))
        self.sequences: list[Sequence[str]] = []
        self.by_branch: dict[str, list[int]] = defaultdict(list)
        self.places: dict[str, list[Place]] = defaultdict(list)
        self.imported: set[int] = set()
        self._creations: dict[str, list[datetime]] = defaultdict(list)
        self._deletions: dict[str, list[datetime]] = defaultdict(list)
        self._times: dict[str, list[datetime]] = {}
        self._moves: dict[str, dict[str, int]] = {}
        self._first_on: dict[str, dict[str, int]] = {}
        for number, push in enumerate(self.all):
            self.by_branch[push.branch].append(number)
            if not push.before:
                self._creations[push.branch].append(push.time)
            if not push.after:
                self._deletions[push.branch].append(push.time)
            sequence = _sequence(push)
            self.sequences.append(sequence)
            for position, sha in enumerate(sequence):
                self.places[sha].append(Place(number, position))
            if _is_imported(push, history):
                self.imported.add(number)

    def on_branch(self, branch: str, after: datetime | None, start: datetime | None, end: datetime) -> list[int]:
        """Pushes of a branch with `after` < time, `start` <= time (None: no limit) and time <= `end`."""
        numbers = self.by_branch.get(branch)
        if not numbers:
            return []
        times = self._times.get(branch)
        if times is None:
            times = self._times[branch] = [self.all[number].time for number in numbers]
        low = 0
        if after is not None:
            low = bisect_right(times, after)
        if start is not None:
            low = max(low, bisect_left(times, start))
        return numbers[low : bisect_right(times, end)]

    def created_before(self, branch: str, moment: datetime) -> datetime | None:
        """When the branch was last created anew at or before `moment`, as far as pushes tell.

        None for its first life: everything of it came after that, also what GitLab, which tells no time of a push,
        puts at the time of a commit that was made before.
        """
        creations = self._creations.get(branch, [])
        count = bisect_right(creations, moment)
        if not count:
            return None
        lived_before = count > 1 or any(deleted <= creations[count - 1] for deleted in self._deletions.get(branch, ()))
        return creations[count - 1] if lived_before else None

    def following(self, branch: str, head: str | None, until: datetime) -> set[int]:
        """Pushes of a branch that moved it on from `head`, one after the other, with a time up to `until`."""
        if not head or branch not in self.by_branch:
            return set()
        moves = self._moves.get(branch)
        if moves is None:
            moves = self._moves[branch] = {}
            for number in self.by_branch[branch]:
                if self.all[number].before:
                    moves.setdefault(self.all[number].before, number)
        found: set[int] = set()
        number_after = moves.get(head)
        while number_after is not None and number_after not in found and self.all[number_after].time <= until:
            found.add(number_after)
            number_after = moves.get(self.all[number_after].after)
        return found

    def first_on(self, branch: str) -> dict[str, int]:
        """The first push that carried each commit onto a branch."""
        known = self._first_on.get(branch)
        if known is None:
            known = self._first_on[branch] = {}
            for number in self.by_branch.get(branch, ()):
                for sha in self.sequences[number]:
                    known.setdefault(sha, number)
        return known


def _sequence(push: Push) -> Sequence[str]:
    """What the push brought, oldest first, ending with the branch's new head.

    Empty for a push without commits: the head moved to something known, forwards (a created branch) or backwards
    (a reset, which GitLab does not mark as forced), so it says nothing of what contains what.
    """
    if not push.after or not push.commit_shas:
        return ()
    if push.commit_shas[-1] == push.after:
        return push.commit_shas
    return [*(sha for sha in push.commit_shas if sha != push.after), push.after]


def _is_imported(push: Push, history: History) -> bool:
    """A default branch created with commits older than the repository by a day: a history from elsewhere."""
    if push.before or not push.on_default_branch:
        return False
    made_at = history.made_at or push.time
    commits = (history.commits.get(sha) for sha in push.commit_shas)
    return any(commit is not None and commit.time < made_at - ONE_DAY for commit in commits)
