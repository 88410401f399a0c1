"""Which merged pull requests bring changes: those into branches that matter."""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime
from operator import itemgetter

from storage.linking.environments import PRODUCTION
from storage.linking.graph import Graph
from storage.linking.history import History, MergedPullRequest, PullRequest
from storage.linking.pushes import Pushes
from storage.linking.reach import Reach


def default_branches(history: History) -> frozenset[str]:
    """The default branch, and those that were it when something was pushed to them."""
    names = {push.branch for push in history.pushes if push.on_default_branch}
    if history.default_branch:
        names.add(history.default_branch)
    return frozenset(names)


def head_branch(pr: PullRequest, history: History, pushes: Pushes) -> str | None:
    """The branch of this repository that a pull request came from; None for one of a fork."""
    if pr.head_ref is None:
        return None
    if pr.head_repository is not None and history.provider_id is not None:
        return pr.head_ref if pr.head_repository == history.provider_id else None
    # Not told, or the fork was deleted: it is ours when its head was pushed to it here.
    for place in pushes.places.get(pr.head_sha or "", ()):
        if pushes.all[place.push].branch == pr.head_ref:
            return pr.head_ref
    return None


def counted_pull_requests(
    history: History, graph: Graph, merged: list[MergedPullRequest], heads: dict[int, str | None]
) -> set[int]:
    """Numbers of the merged pull requests into a default branch, a branch that production is deployed from, or
    travelling in such a pull request: merged into its head branch before it, or into what its head contains (a
    release branch is cut from the branch that they were merged into)."""
    pushes = graph.pushes
    roots = default_branches(history)
    roots |= _deployed_from(history, pushes, roots, heads)
    into: dict[str, list[MergedPullRequest]] = defaultdict(list)
    for entry in merged:
        if entry.pr.base_ref is not None:
            into[entry.pr.base_ref].append(entry)
    counted = {entry.number for branch in roots for entry in into.get(branch, ())}
    if len(counted) == len(merged):
        return counted
    reach = Reach(graph)
    landings: dict[str, list[MergedPullRequest]] = defaultdict(list)
    for entry in merged:
        if entry.number not in counted and entry.pr.landing is not None:
            landings[entry.pr.landing].append(entry)
    carriers = [entry for entry in merged if entry.number in counted]
    looked_at: dict[tuple[str, datetime | None], int] = defaultdict(int)
    while carriers:
        carrier = carriers.pop()
        travelling: list[MergedPullRequest] = []
        if carrier.pr.head_sha is not None:
            for sha in reach.advance(carrier.pr.head_sha).exact:
                travelling += landings.get(sha, ())
        branch = heads[carrier.number]
        if branch is not None and branch not in roots and branch in into:
            created = pushes.created_before(branch, carrier.pr.created_at)
            line = into[branch]
            low, high = looked_at[branch, created], bisect_right(line, carrier.merged_at, key=itemgetter(0))
            travelling += [entry for entry in line[low:high] if created is None or created <= entry.merged_at]
            looked_at[branch, created] = max(low, high)
        for entry in travelling:
            if entry.number not in counted and entry.merged_at <= carrier.merged_at:
                counted.add(entry.number)
                carriers.append(entry)
    return counted


def _deployed_from(
    history: History, pushes: Pushes, defaults: frozenset[str], heads: dict[int, str | None]
) -> frozenset[str]:
    """Branches that a production deployment names or is the only one to hold the SHA of.

    Not the head of a pull request into the default branch: a feature that was deployed before its merge. But a branch
    that the default branch is merged into stays one when it is merged back.
    """
    branches: set[str] = set()
    for deployment in history.deployments:
        if deployment.environment != PRODUCTION:
            continue
        if deployment.ref:
            branches.add(deployment.ref.removeprefix("refs/heads/"))
        if deployment.sha:
            holding = {pushes.all[place.push].branch for place in pushes.places.get(deployment.sha, ())}
            if not holding & defaults:
                branches |= holding
    features: set[str] = set()
    promoted: set[str] = set()
    for number, pr in history.pull_requests.items():
        head = heads[number]
        if head is not None and pr.base_ref in defaults:
            features.add(head)
        if head in defaults and pr.base_ref is not None:
            promoted.add(pr.base_ref)
    return frozenset(branches - (features - promoted))
