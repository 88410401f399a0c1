"""What is contained in a SHA, as far as pushes, merges and compares tell.

Nodes are SHAs. A push links its commits to those before them in its list and to its `before`; a merged pull request
links its merge SHA to its head and its commits; a compare links its head to what it found, and alone decides what is
new when its base was live. Where nothing tells the parent of a merge SHA, the merge before it on the same branch stands
in, marked as an estimate.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from storage.linking.history import History, MergedPullRequest
from storage.linking.pushes import Place, Pushes


class Link(NamedTuple):
    """An edge that no push tells; `at`: when what it leads to came together (None: not told)."""

    sha: str
    at: datetime | None


class Graph:
    def __init__(
        self, history: History, pushes: Pushes, merged: list[MergedPullRequest], heads: dict[int, str | None]
    ) -> None:
        self.pushes = pushes
        self.settled = history.frozen.settled
        self.places: dict[str, list[Place]] = {}
        self.links: dict[str, list[Link]] = defaultdict(list)
        # By (base, head): what is new in head. By head alone: what it is known to have.
        self.compared: dict[tuple[str, str], Sequence[str]] = {}
        self.compares: dict[str, list[Link]] = defaultdict(list)
        self.estimates: dict[str, list[Link]] = defaultdict(list)
        # Heads and merges of merged pull requests, and heads of pushes.
        self.named = {sha for push in history.pushes for sha in (push.before, push.after)}
        self.answered = {compare.head for compare in history.compares}
        self._link_pushes(history, merged)
        self._link_merges(history, merged)
        landed = self._estimate_merges(merged)
        self._estimate_travel(merged, heads, landed)
        self._estimate_deployments(history, landed)

    def knows(self, sha: str) -> bool:
        """Whether anything but a deployment names this SHA."""
        known = (self.places, self.links, self.compares, self.estimates, self.named)
        return any(sha in names for names in known)

    def is_told(self, sha: str, seen: Collection[str]) -> bool:
        """Whether pushes tell all that lies between a SHA and what a chain has had: one line of heads, none missing."""
        passed: set[str] = set()
        while sha not in seen and sha not in self.settled:
            place = self._line_of(sha)
            if sha in passed or place is None:
                return False
            passed.add(sha)
            push = self.pushes.all[place.push]
            if push.forced or (push.total_commits or 0) > len(push.commit_shas):
                return False
            if not push.before:
                # All of a default branch came with its first push; another branch began somewhere untold.
                return push.on_default_branch
            sha = push.before
        return True

    def _line_of(self, sha: str) -> Place | None:
        """The push that brought it onto a default branch, else the first that brought it anywhere."""
        places = self.places.get(sha, ())
        on_default_branch = (place for place in places if self.pushes.all[place.push].on_default_branch)
        return next(on_default_branch, places[0] if places else None)

    def _link_pushes(self, history: History, merged: list[MergedPullRequest]) -> None:
        """Link each commit to the places where the list before it is really its past.

        A list with a merge in it is not one line: a feature's commit in the push of its merge does not contain the
        branch's earlier head. Its place is the push that carried it first, and that of a merge its own branch.
        """
        pushes = self.pushes
        landings = {(pr.base_ref, pr.merge_sha) for _, _, pr in merged if pr.merge_sha}
        merges = {sha for sha, commit in history.commits.items() if commit.is_merge}
        lines = [merges.isdisjoint(sequence) for sequence in pushes.sequences]
        for sha, places in pushes.places.items():
            if len(places) == 1:
                self.places[sha] = places
                continue
            self.places[sha] = [
                place
                for index, place in enumerate(places)
                if index == 0
                or lines[place.push]
                or place.position == len(pushes.sequences[place.push]) - 1
                or (pushes.all[place.push].branch, sha) in landings
            ]

    def _link_merges(self, history: History, merged: list[MergedPullRequest]) -> None:
        merge_of: dict[int, tuple[str, datetime]] = {}
        for merged_at, number, pr in merged:
            if pr.merge_sha:
                merge_of[number] = (pr.merge_sha, merged_at)
                if pr.head_sha and pr.head_sha != pr.merge_sha:
                    self.links[pr.merge_sha].append(Link(pr.head_sha, merged_at))
        for listed in history.pull_request_commits:
            merge = merge_of.get(listed.number)
            if merge is not None and merge[0] != listed.sha:
                self.links[merge[0]].append(Link(listed.sha, merge[1]))
        for compare in history.compares:
            self.compares[compare.head].extend(Link(sha, None) for sha in compare.commit_shas if sha != compare.head)
            if compare.ahead:
                self.compares[compare.head].append(Link(compare.base, None))
            if compare.whole:
                self.compared[compare.base, compare.head] = compare.commit_shas

    def _estimate_merges(self, merged: list[MergedPullRequest]) -> dict[str, list[tuple[datetime, str]]]:
        """Without a push that tells its parent a merge follows the one before it. Returns the merges of each branch."""
        landed: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for merged_at, _, pr in merged:
            self.named.update(sha for sha in (pr.merge_sha, pr.head_sha) if sha)
            if not pr.landing or not pr.base_ref:
                continue
            line = landed[pr.base_ref]
            if line and line[-1][1] != pr.landing and not self._tells_parent(pr.landing, pr.base_ref):
                self.estimates[pr.landing].append(Link(line[-1][1], line[-1][0]))
            line.append((merged_at, pr.landing))
        return landed

    def _estimate_travel(
        self,
        merged: list[MergedPullRequest],
        heads: dict[int, str | None],
        landed: dict[str, list[tuple[datetime, str]]],
    ) -> None:
        """Without pushes to its head branch a merge brings what was merged into that branch before."""
        for merged_at, number, pr in merged:
            branch = heads[number]
            last = _last(landed.get(branch, []), merged_at) if branch is not None else None
            if branch is None or last is None or pr.landing is None or last.sha in (pr.landing, pr.head_sha):
                continue
            created = self.pushes.created_before(branch, pr.created_at)
            told = any(self.pushes.all[place.push].branch == branch for place in self.pushes.places.get(last.sha, ()))
            if not told and (created is None or last.at is None or created <= last.at):
                self.estimates[pr.landing].append(last)

    def _estimate_deployments(self, history: History, landed: dict[str, list[tuple[datetime, str]]]) -> None:
        for deployment in history.deployments:
            if deployment.sha is None or deployment.first_succeeded_at is None or not deployment.ref:
                continue
            branch = deployment.ref.removeprefix("refs/heads/")
            # A SHA that nothing else names, of a branch without pushes: it has what was merged before it began.
            if branch in self.pushes.by_branch or deployment.sha in self.places or deployment.sha in self.named:
                continue
            last = _last(landed.get(branch, []), deployment.started_at or deployment.first_succeeded_at)
            if last is not None:
                self.estimates[deployment.sha].append(last)

    def _tells_parent(self, sha: str, branch: str) -> bool:
        if sha in self.answered:
            return True
        for place in self.places.get(sha, ()):
            push = self.pushes.all[place.push]
            if push.branch == branch or (push.before and not push.forced):
                return True
        return False


def _last(line: list[tuple[datetime, str]], until: datetime) -> Link | None:
    count = bisect_right(line, until, key=itemgetter(0))
    return Link(line[count - 1][1], line[count - 1][0]) if count else None
