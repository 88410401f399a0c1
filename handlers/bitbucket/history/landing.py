"""Pull requests that came onto the default branch without a merge commit: fast-forwards and rebases.

Pushes are told by the commits of the branch's own line. Of these pull requests several of them came at once, and at the
time of the merge, not when they were written.
"""

from collections.abc import Iterable, Mapping, Sequence

from handlers.asking.line import Move
from handlers.bitbucket.commits import CommitPart
from handlers.bitbucket.history.asking import Known, Landed
from storage.records import PullRequest


def landed_by(pull_request: PullRequest, commits: Sequence[CommitPart], known: Known) -> Landed | None:
    """`commits`: its own, the newest first. Rebased, they are told again by their messages."""
    last = known.whole(pull_request.merge_sha or "")
    if last is None or pull_request.merged_at is None or not commits:
        return None
    sha = last
    for commit in commits:
        parents = known.parents.get(sha, ())
        if len(parents) > 1 or known.messages.get(sha) != (commit.message or ""):
            return None
        sha = parents[0] if parents else ""
    return Landed(last, len(commits), pull_request.merged_at)


def together(moves: Sequence[Move], landed: Iterable[Landed]) -> list[Move]:
    """The oldest first, in and out."""
    by_last: Mapping[str, Landed] = {one.sha: one for one in landed}
    told: list[Move] = []
    for move in moves:
        one = by_last.get(move.after)
        if one is not None and one.count <= len(told) + 1:
            first = [*told, move][-one.count]
            del told[len(told) - one.count + 1 :]
            move = move._replace(before=first.before, at=one.at)
        told.append(move._replace(at=max(move.at, told[-1].at)) if told else move)
    return told
