"""Which commits a merged pull request had, as far as webhooks tell."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from storage.linking.history import History, PullRequest
from storage.linking.landings import Landing
from storage.linking.pushes import Pushes


class _End(NamedTuple):
    """A pull request from a branch was merged, or closed without."""

    at: datetime
    number: int
    # None: not merged.
    merged_head: str | None


class HeadBranches:
    """What was pushed to the branches that pull requests come from."""

    def __init__(
        self, history: History, pushes: Pushes, heads: dict[int, str | None], counted: Collection[int]
    ) -> None:
        self._pushes = pushes
        self._heads = heads
        self._listed: dict[int, list[str]] = defaultdict(list)
        for commit in history.pull_request_commits:
            self._listed[commit.number].append(commit.sha)
        self._ends: dict[str, list[_End]] = defaultdict(list)
        for number, pr in history.pull_requests.items():
            branch = heads[number]
            if branch is None:
                continue
            if number in counted and pr.merged_at is not None:
                self._ends[branch].append(_End(pr.merged_at, number, pr.head_sha or ""))
            elif pr.state == "closed" and pr.closed_at is not None:
                self._ends[branch].append(_End(pr.closed_at, number, None))
        for ends in self._ends.values():
            ends.sort(key=lambda end: (end.at, end.number))

    def commits_of(self, pr: PullRequest, merged_at: datetime, landing: Landing) -> list[str]:
        """Commits that the pull request had, as far as it is known, in no particular order and without doubles."""
        found = dict.fromkeys(self._listed.get(pr.number, ()))
        if pr.head_sha:
            found[pr.head_sha] = None
        if landing.same_commits:
            found.update(dict.fromkeys(landing.shas))
        branch = self._heads[pr.number]
        if branch is not None:
            found.update(dict.fromkeys(self._pushed(pr, merged_at, branch)))
        if pr.merge_sha is not None and pr.merge_sha != pr.head_sha:
            found.pop(pr.merge_sha, None)
        return list(found)

    def _pushed(self, pr: PullRequest, merged_at: datetime, branch: str) -> list[str]:
        """What was pushed to the head branch since it was created or last merged.

        A pull request that was closed unmerged ends nothing by itself: opened again under a new number it has the
        same commits. Those from before count when the head still holds them.
        """
        merge, closed = self._ended_before(pr, branch)
        created = self._pushes.created_before(branch, pr.created_at)
        numbers = self._pushes.on_branch(branch, merge.at if merge else None, created, merged_at)
        # A push's time may be its newest commit's, made before the merge that it came after: its place tells.
        later = self._pushes.following(branch, pr.head_sha, merged_at)
        if merge is not None:
            numbers = sorted({*numbers, *self._pushes.following(branch, merge.merged_head, merge.at)})
        if later:
            numbers = [number for number in numbers if number not in later]
        held = self._held(pr.head_sha, numbers) if closed is not None else None
        return [
            sha
            for number in numbers
            for sha in self._pushes.sequences[number]
            if held is None or closed is None or self._pushes.all[number].time > closed.at or sha in held
        ]

    def _ended_before(self, pr: PullRequest, branch: str) -> tuple[_End | None, _End | None]:
        """The last merge of another pull request from the branch, and a later one that was closed without."""
        closed: _End | None = None
        ends = self._ends.get(branch, [])
        for place in reversed(range(bisect_right(ends, pr.created_at, key=lambda end: end.at))):
            end = ends[place]
            if end.number == pr.number:
                continue
            if end.merged_head is not None:
                return end, closed
            closed = closed or end
        return None, closed

    def _held(self, head: str | None, numbers: list[int]) -> set[str]:
        by_after = {self._pushes.all[number].after: number for number in numbers}
        held: set[str] = set()
        while head in by_after:
            number = by_after.pop(head)
            held.update(self._pushes.sequences[number])
            push = self._pushes.all[number]
            head = None if push.forced else push.before
        return held
