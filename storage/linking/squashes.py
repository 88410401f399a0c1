"""Squashed commits that nobody names.

GitLab with fast-forward merges squashes a merge request into one commit and does not tell its SHA in the hook, which
looks like one of a plain fast-forward: https://docs.gitlab.com/user/project/merge_requests/squash_and_merge/. Until the
API was asked, the push tells it: one commit on the target branch, with the merge request's title, made at the merge.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from storage.linking.history import History, PullRequest, Push

# Between the squashing and the merge request's being merged.
AT_THE_MERGE = timedelta(minutes=5)


def name_squashes(history: History) -> History:
    """The merge requests that look fast-forwarded, but whose head never came to their target, get their squash."""
    lost = {
        number: pr
        for number, pr in history.pull_requests.items()
        if pr.merged_at is not None and pr.state == "merged" and pr.merge_sha == pr.head_sha
    }
    if not lost:
        return history
    bases = {pr.base_ref for pr in lost.values()}
    pushes: dict[str, list[Push]] = defaultdict(list)
    arrived: dict[str, set[str]] = defaultdict(set)
    for push in history.pushes:
        if push.branch in bases:
            pushes[push.branch].append(push)
            arrived[push.branch].update((push.after, *push.commit_shas))
    taken = {pr.merge_sha for pr in history.pull_requests.values()}
    found: dict[int, PullRequest] = {}
    for number, pr in sorted(lost.items()):
        base = pr.base_ref or ""
        sha = None if pr.head_sha in arrived[base] else _squash(history, pr, pushes[base], taken)
        if sha is not None:
            taken.add(sha)
            found[number] = pr._replace(merge_sha=sha)
    return history._replace(pull_requests={**history.pull_requests, **found}) if found else history


def _squash(history: History, pr: PullRequest, pushes: Iterable[Push], taken: set[str | None]) -> str | None:
    """The nearest of the pushes that bring one commit with its title."""
    near = []
    for push in pushes:
        commit = history.commits.get(push.after)
        if commit is None or commit.is_merge or len(push.commit_shas) != 1 or push.after in taken:
            continue
        distance = abs(commit.time - pr.merged_at) if pr.merged_at is not None else AT_THE_MERGE
        if distance < AT_THE_MERGE and _speaks_of(commit.title or "", pr):
            near.append((distance, push.after))
    return min(near)[1] if near else None


def _speaks_of(title: str, pr: PullRequest) -> bool:
    """The title itself, or with the reference that templates add: `Add the cart (!12)`."""
    return title == pr.title or (title.startswith(pr.title or "\n") and title.rstrip(")").endswith(f"!{pr.number}"))
