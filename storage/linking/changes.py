"""The changes of a repository: pull requests with commits of their own, and commits that belong to none."""

from collections import defaultdict
from collections.abc import Set
from datetime import datetime, timedelta
from typing import NamedTuple

from storage.linking.branches import counted_pull_requests, default_branches
from storage.linking.frozen import Frozen
from storage.linking.graph import Graph
from storage.linking.history import History, MergedPullRequest, PullRequest
from storage.linking.landings import Landing
from storage.linking.own_commits import HeadBranches

# Commits authored longer before the pull request are somebody's old work that it happened to carry.
OLDEST_COMMIT = timedelta(days=90)

PULL_REQUEST = "pull_request"
COMMIT = "commit"


class ChangeKey(NamedTuple):
    kind: str
    key: str


class Change(NamedTuple):
    key: ChangeKey
    first_commit_at: datetime
    merged_at: datetime
    is_bot: bool
    old_commits_left_out: int
    title: str | None
    url: str | None


class Changes(NamedTuple):
    changes: dict[ChangeKey, Change]
    # Which pull request each commit belongs to: its own, and those that its merge made.
    owner: dict[str, int]
    # Merged pull requests that bring changes; others may yet travel into a branch that does.
    counted: Set[int]


class _Reader:
    """The commits of merged pull requests, given out in the order of the merges."""

    def __init__(
        self,
        history: History,
        graph: Graph,
        merged: list[MergedPullRequest],
        heads: dict[int, str | None],
        landings: dict[int, Landing],
    ) -> None:
        self.history = history
        self.pushes = graph.pushes
        self.defaults = default_branches(history)
        self.heads = heads
        self.counted = counted_pull_requests(history, graph, merged, heads)
        self.merged = merged
        self.landings = landings
        self.owner: dict[str, int] = {}
        self.settled = history.frozen.settled
        self._arrivals: dict[str | None, list[dict[str, int]]] = {}
        self.listed: dict[int, dict[str, datetime | None]] = defaultdict(dict)
        for commit in history.pull_request_commits:
            self.listed[commit.number][commit.sha] = commit.authored_at
        self.branches = HeadBranches(history, graph.pushes, heads, self.counted)

    def arrivals(self, base: str | None) -> list[dict[str, int]]:
        """Of a pull request's base and of each default branch: the first push that carried each commit onto it."""
        found = self._arrivals.get(base)
        if found is None:
            branches = self.defaults if base is None else {base, *self.defaults}
            found = self._arrivals[base] = [self.pushes.first_on(branch) for branch in branches]
        return found

    def already_there(self, sha: str, arrivals: list[dict[str, int]], landing: Landing, limit: datetime) -> bool:
        """Whether a commit was on one of these branches before the pull request landed."""
        if sha in self.settled:
            return True
        for first_on in arrivals:
            first = first_on.get(sha)
            if first is not None and first != landing.push and self.pushes.all[first].time <= limit:
                return True
        return False

    def read(self, entry: MergedPullRequest) -> Change | None:
        """The pull request as a change, or None: it has no commit of its own. Takes its commits."""
        merged_at, number, pr = entry
        landing = self.landings[number]
        branch = self.heads[number]
        commits = self.history.commits
        candidates = [] if branch in self.defaults else self.branches.commits_of(pr, merged_at, landing)
        arrivals = self.arrivals(pr.base_ref)
        # An unknown landing may be the very push that brought it.
        limit = self.pushes.all[landing.push].time if landing.push is not None else pr.created_at
        own: list[str] = []
        merges = taken = 0
        for sha in candidates:
            commit = commits.get(sha)
            if sha in self.owner or self.already_there(sha, arrivals, landing, limit):
                taken += 1
            elif commit is not None and commit.is_merge:
                merges += 1
            else:
                own.append(sha)
        for sha in own:
            self.owner[sha] = number
        for sha in landing.shas:
            if sha not in self.owner and not self.already_there(sha, arrivals, landing, limit):
                self.owner[sha] = number
        if pr.merge_sha:
            self.owner.setdefault(pr.merge_sha, number)
        if not own and (taken or branch in self.defaults):
            return None
        if not own and merges and pr.commit_count is not None and pr.commit_count <= merges:
            return None
        return self._change(pr, merged_at, own, landing)

    def _change(self, pr: PullRequest, merged_at: datetime, own: list[str], landing: Landing) -> Change:
        listed = self.listed.get(pr.number, {})
        oldest = pr.created_at - OLDEST_COMMIT
        times: list[datetime] = []
        old = 0
        for sha in own:
            commit = self.history.commits.get(sha)
            at = listed.get(sha) or (commit.time if commit is not None else None)
            if at is None:
                continue
            if at < oldest:
                old += 1
            else:
                times.append(at)
        if not times and not old and pr.commit_count is not None:
            times = self._times_kept(pr, landing)
        return Change(
            key=ChangeKey(PULL_REQUEST, str(pr.number)),
            first_commit_at=min([*times, pr.created_at]),
            merged_at=merged_at,
            is_bot=pr.is_bot,
            old_commits_left_out=old,
            title=pr.title,
            url=pr.url,
        )

    def _times_kept(self, pr: PullRequest, landing: Landing) -> list[datetime]:
        """When the commits were written that its merge made: a rebase keeps it, and of a fork nothing else tells it."""
        made = [self.history.commits.get(sha) for sha in landing.shas if self.owner.get(sha) == pr.number]
        earliest = pr.created_at - OLDEST_COMMIT
        return [one.time for one in made if one is not None and not one.is_merge and one.time >= earliest]


def find_changes(
    history: History,
    graph: Graph,
    merged: list[MergedPullRequest],
    heads: dict[int, str | None],
    landings: dict[int, Landing],
) -> Changes:
    """All changes, shipped or not; bots' are among them, and say so."""
    reader = _Reader(history, graph, merged, heads, landings)
    changes: dict[ChangeKey, Change] = {}
    for entry in merged:
        if entry.number in reader.counted:
            change = reader.read(entry)
            if change is not None:
                changes[change.key] = change
    brought: dict[str, datetime] = {}
    imported: set[str] = set()
    pushes = graph.pushes
    for number, push in enumerate(pushes.all):
        if push.on_default_branch:
            for sha in pushes.sequences[number]:
                brought.setdefault(sha, push.time)
            if number in pushes.imported:
                imported.update(pushes.sequences[number])
    _bring_compared(history, graph, reader, brought)
    for sha, commit in history.commits.items():
        if commit.is_merge or sha in reader.owner or sha in imported or sha in history.frozen.settled:
            continue
        if commit.on_default_branch or sha in brought:
            key = ChangeKey(COMMIT, sha)
            changes[key] = Change(key, commit.time, brought.get(sha, commit.time), commit.is_bot, 0, commit.title, None)
    return Changes(_as_they_stand(changes, history.frozen), reader.owner, reader.counted)


def _as_they_stand(found: dict[ChangeKey, Change], frozen: Frozen) -> dict[ChangeKey, Change]:
    """Before the horizon a change is what it was found to be, and others are only those that were merged into a branch
    which is released now."""
    if frozen.before is None:
        return found
    standing = {ChangeKey(row.kind, row.key): row for row in frozen.changes}
    changes: dict[ChangeKey, Change] = {}
    for key, change in found.items():
        row = standing.get(key)
        if row is not None:
            changes[key] = Change(
                key, row.first_commit_at, row.merged_at, row.is_bot, row.old_commits_left_out, row.title, row.url
            )
        elif key.kind == PULL_REQUEST or not frozen.stands(change.merged_at):
            changes[key] = change
    return changes


def _bring_compared(history: History, graph: Graph, reader: _Reader, brought: dict[str, datetime]) -> None:
    """What lies before a commit of the default branch is on it, too: so are commits whose push was never received.

    But a tool may name the default branch and deploy a pull request before its merge: until then that is no change, and
    what it has is not on the default branch.
    """
    unmerged = {number: pr for number, pr in history.pull_requests.items() if pr.state != "merged"}
    features = {reader.heads[number] for number in unmerged} - reader.defaults
    heads = {pr.head_sha for pr in unmerged.values()} | {one.after for one in history.pushes if one.branch in features}
    refs = {branch for name in reader.defaults for branch in (name, f"refs/heads/{name}")}
    deployed = {one.sha for one in history.deployments if one.ref in refs} - heads
    for compare in history.compares:
        places = graph.places.get(compare.head, ())
        if compare.head in deployed or any(graph.pushes.all[place.push].on_default_branch for place in places):
            for sha in compare.commit_shas:
                commit = history.commits.get(sha)
                if commit is not None:
                    brought.setdefault(sha, commit.time)
