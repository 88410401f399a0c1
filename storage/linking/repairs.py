"""Which changes are unplanned, and which they repair: reverts, hotfixes and incident fixes."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from storage.linking import naming
from storage.linking.changes import COMMIT, PULL_REQUEST, ChangeKey, Changes
from storage.linking.history import History, MergedPullRequest
from storage.linking.naming import Words

ISSUE_NUMBER = re.compile(r"/(?:issues|work_items)/(?:incident/)?(\d+)/?$")


class Repair(NamedTuple):
    """A revert or hotfix and what it names."""

    change: ChangeKey
    # revert or hotfix
    kind: str
    named: frozenset[ChangeKey]
    # Numbers of deployments, and SHAs, as they are written there.
    deployments: frozenset[str]
    shas: frozenset[str]


class Repairs(NamedTuple):
    # revert, hotfix or incident_fix of each unplanned change.
    kinds: dict[ChangeKey, str]
    repairs: list[Repair]


def find_repairs(history: History, merged: list[MergedPullRequest], changes: Changes) -> Repairs:
    """Read the words of every change. A release that only carries others' changes repeats theirs in its text."""
    words: dict[ChangeKey, Words] = {}
    # Another repository's issue has its path before its key, and numbers of its own.
    own = [incident for incident in history.incidents if incident.key.startswith("issue:")]
    issues = {found[1] for incident in own if (found := ISSUE_NUMBER.search(incident.url or ""))}
    for _, number, pr in merged:
        change = ChangeKey(PULL_REQUEST, str(number))
        if change not in changes.changes:
            continue
        said = naming.read_words(
            title=pr.title or "",
            body=pr.body or "",
            head_ref=pr.head_ref or "",
            labels=pr.labels,
            path=history.path,
            own_number=number,
            incident_issues=issues,
        )
        if said.kind is not None:
            words[change] = said
    for change in changes.changes:
        if change.kind == COMMIT:
            message = history.commits[change.key].message
            said = naming.read_commit_words(message) if message else naming.NOTHING
            if said.kind is not None:
                words[change] = said
    if not words:
        return Repairs({}, [])
    names = _Names(merged, changes)
    named = {change: names.resolve(change, said) for change, said in words.items()}
    kinds: dict[ChangeKey, str] = {}
    repairs: list[Repair] = []
    reverts: dict[ChangeKey, bool] = {}
    for change, said in words.items():
        kind = said.kind
        if kind in (naming.REVERT, naming.RELAND):
            if not _is_revert(change, words, named, reverts):
                continue
            kind = naming.REVERT
        if kind is not None:
            kinds[change] = kind
            if kind != naming.INCIDENT_FIX:
                repairs.append(Repair(change, kind, named[change] - {change}, said.deployments, said.shas))
    return Repairs(kinds, repairs)


def _is_revert(
    start: ChangeKey,
    words: dict[ChangeKey, Words],
    named: dict[ChangeKey, frozenset[ChangeKey]],
    known: dict[ChangeKey, bool],
) -> bool:
    """A revert of a revert is a re-land; a revert of that is a revert again. What it names decides before its title."""
    path: list[ChangeKey] = []
    change: ChangeKey | None = start
    while change is not None and change not in known and change not in path:
        path.append(change)
        targets = [
            target
            for target in sorted(named.get(change, ()))
            if target in words and words[target].kind in (naming.REVERT, naming.RELAND)
        ]
        change = targets[0] if targets else None
    below = known.get(change) if change is not None and change not in path else None
    for change_above in reversed(path):
        if below is None:
            # Nothing it names is a revert: then it is one, unless it names nothing known and its title says otherwise.
            below = bool(named.get(change_above)) or words[change_above].kind == naming.REVERT
        else:
            below = not below
        known[change_above] = below
    return known[start]


class _Names:
    """From a number or the beginning of a SHA to the change it belongs to."""

    def __init__(self, merged: list[MergedPullRequest], changes: Changes) -> None:
        self._changes = changes.changes
        self._titles: dict[str | None, list[tuple[datetime, ChangeKey]]] | None = None
        self._numbers = {number for _, number, _ in merged}
        known = {change.key: change for change in changes.changes if change.kind == COMMIT}
        known.update((sha, ChangeKey(PULL_REQUEST, str(number))) for sha, number in changes.owner.items())
        for _, number, pr in merged:
            for sha in (pr.merge_sha, pr.head_sha):
                if sha is not None:
                    known.setdefault(sha, ChangeKey(PULL_REQUEST, str(number)))
        self._known = known
        self._sorted = sorted(known)

    def resolve(self, change: ChangeKey, words: Words) -> frozenset[ChangeKey]:
        found = {ChangeKey(PULL_REQUEST, str(number)) for number in words.numbers if number in self._numbers}
        found.update(self._by_sha(words.shas))
        if not found and words.quoted is not None:
            found.update(self._by_title(change, words.quoted))
        return frozenset(found)

    def _by_title(self, change: ChangeKey, title: str) -> Iterable[ChangeKey]:
        """The last change of that title before this one."""
        if self._titles is None:
            self._titles = defaultdict(list)
            for one in sorted(self._changes.values(), key=lambda one: (one.merged_at, one.key)):
                self._titles[one.title].append((one.merged_at, one.key))
        before = self._changes[change].merged_at
        return [key for at, key in self._titles.get(title, ()) if at < before][-1:]

    def _by_sha(self, shas: Iterable[str]) -> Iterable[ChangeKey]:
        for sha in shas:
            place = bisect_left(self._sorted, sha)
            if place < len(self._sorted) and self._sorted[place].startswith(sha):
                yield self._known[self._sorted[place]]
