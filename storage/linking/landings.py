"""Where merged pull requests arrived on their base branches, and which commits arrived with each."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from storage.linking.history import History, MergedPullRequest, PullRequest
from storage.linking.pushes import Place, Pushes


class Landing(NamedTuple):
    # The push that brought it (None: not received).
    push: int | None
    # What that push brought of it, the merge SHA included.
    shas: Sequence[str]
    # True for a merge and a fast-forward: these are the commits of its head. A squash or rebase made new ones.
    same_commits: bool


def find_landings(history: History, pushes: Pushes, merged: list[MergedPullRequest]) -> dict[int, Landing]:
    """The landing of each merged pull request, by number.

    A merge queue pushes several at once: each has what lies between the one before it and itself.
    """
    places: dict[int, Place] = {}
    ends: dict[int, list[int]] = defaultdict(list)
    for _, number, pr in merged:
        place = _place(pr, pushes)
        if place is not None:
            places[number] = place
            ends[place.push].append(place.position)
    for positions in ends.values():
        positions.sort()
    landings: dict[int, Landing] = {}
    for _, number, pr in merged:
        place = places.get(number)
        if place is None:
            landings[number] = Landing(None, (pr.merge_sha,) if pr.merge_sha else (), same_commits=False)
            continue
        before = bisect_left(ends[place.push], place.position)
        low = ends[place.push][before - 1] + 1 if before else 0
        landings[number] = _landing(history, pr, place, pushes.sequences[place.push], low)
    return landings


def _place(pr: PullRequest, pushes: Pushes) -> Place | None:
    for place in pushes.places.get(pr.landing or "", ()):
        if pushes.all[place.push].branch == pr.base_ref:
            return place
    return None


def _landing(history: History, pr: PullRequest, place: Place, sequence: Sequence[str], low: int) -> Landing:
    segment = sequence[low : place.position + 1]
    landed = segment[-1]
    commit = history.commits.get(landed)
    if pr.head_sha != landed and pr.head_sha in segment:
        # What lies between its head and the merge came with others, of which it was a part.
        segment = [*segment[: segment.index(pr.head_sha) + 1], landed]
    merge = pr.head_sha != landed and ((commit is not None and commit.is_merge) or pr.head_sha in segment)
    if pr.commit_count is not None:
        # Direct commits may lie before them in one push: never more than the pull request has.
        segment = segment[-(pr.commit_count + merge) :] if pr.commit_count + merge else [landed]
    # GitLab may squash and merge: then the merge brings a new commit instead of the head's own.
    return Landing(place.push, segment, same_commits=pr.head_sha is None or pr.head_sha in segment)
