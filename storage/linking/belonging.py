"""Which services each change belongs to, by the files that it changed."""

from collections.abc import Mapping
from typing import NamedTuple

from storage.linking.changes import COMMIT, PULL_REQUEST, ChangeKey
from storage.linking.history import History, MergedPullRequest
from storage.linking.landings import Landing
from storage.linking.paths import belong
from storage.linking.rows import TouchedRow


class Belonging(NamedTuple):
    """What is not in `services` belongs to every service: its files are not known, or nothing tells services apart."""

    services: Mapping[ChangeKey, frozenset[str]]
    # Whether any service says which files are its.
    by_files: bool

    def has(self, service: str, change: ChangeKey) -> bool:
        """A deployment of no service deploys everything."""
        known = self.services.get(change)
        return not service or known is None or service in known

    def is_shared(self, change: ChangeKey) -> bool:
        """It belongs to no service: to what they have in common, or to none of them."""
        return self.services.get(change) == frozenset()


def find_belonging(history: History, merged: list[MergedPullRequest], landings: Mapping[int, Landing]) -> Belonging:
    services = history.settings.services
    if not any(service.paths for service in services):
        return Belonging({}, by_files=False)
    files: dict[ChangeKey, set[str]] = {}
    for sha, commit in history.commits.items():
        if commit.on_default_branch and not commit.is_merge and commit.paths:
            files[ChangeKey(COMMIT, sha)] = set(commit.paths)
    for _, number, _ in merged:
        found = _files_of(landings[number], history)
        if found is not None:
            files[ChangeKey(PULL_REQUEST, str(number))] = found
            # A merge commit is of what it brought.
            merges = (sha for sha in landings[number].shas if history.commits[sha].is_merge)
            files.update((ChangeKey(COMMIT, sha), found) for sha in merges)
    return Belonging(
        {
            change: frozenset(one.name for one in services if not one.paths or belong(paths, one.paths))
            for change, paths in files.items()
        },
        by_files=True,
    )


def touched_rows(history: History, belonging: Belonging) -> set[TouchedRow]:
    """What is known of merged pull requests and of commits, but for those that stand."""
    rows: set[TouchedRow] = set()
    for change, services in belonging.services.items():
        if change.kind == COMMIT:
            at = history.commits[change.key].time
        else:
            pr = history.pull_requests[int(change.key)]
            at = pr.merged_at or pr.created_at
        if not history.frozen.stands(at):
            rows.update(TouchedRow(*change, service, at) for service in services or ("",))
    return rows


def _files_of(landing: Landing, history: History) -> set[str] | None:
    """What a pull request changed: the files of what it became on its branch. None: not all of them are known."""
    if landing.push is None:
        return None
    files: set[str] = set()
    for sha in landing.shas:
        commit = history.commits.get(sha)
        if commit is None:
            return None
        if commit.is_merge:
            continue
        if not commit.paths:
            return None
        files.update(commit.paths)
    return files or None
