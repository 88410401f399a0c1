"""SHAs that are told by their beginning only, as in GitLab's older deployment hooks, in the pull requests of Bitbucket
and by other tools."""

from bisect import bisect_left
from collections.abc import Iterable

from storage.linking.history import History

# Of SHA-1; a SHA-256 is longer.
WHOLE = 40
# Git's own least: https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreabbrev
SHORTEST = 4


def spell_out(history: History) -> History:
    """Give pull requests, deployments and incidents the whole SHA, where exactly one known commit begins like that."""
    told = {one.sha for one in history.deployments if one.sha} | {one.sha for one in history.incidents if one.sha}
    told |= {sha for pr in history.pull_requests.values() for sha in (pr.head_sha, pr.merge_sha) if sha}
    short = {sha for sha in told if SHORTEST <= len(sha) < WHOLE}
    if not short:
        return history
    known = sorted({sha for sha in (*_named(history), *told) if len(sha) >= WHOLE})
    whole = {sha: found for sha in short if (found := _begins(known, sha)) is not None}
    return history._replace(
        pull_requests={
            number: pr._replace(
                head_sha=whole.get(pr.head_sha or "", pr.head_sha),
                merge_sha=whole.get(pr.merge_sha or "", pr.merge_sha),
            )
            for number, pr in history.pull_requests.items()
        },
        deployments=[one._replace(sha=whole.get(one.sha or "", one.sha)) for one in history.deployments],
        incidents=[one._replace(sha=whole.get(one.sha or "", one.sha)) for one in history.incidents],
    )


def _named(history: History) -> Iterable[str]:
    yield from history.commits
    for push in history.pushes:
        yield from (push.before, push.after, *push.commit_shas)


def _begins(known: list[str], start: str) -> str | None:
    place = bisect_left(known, start)
    found = [sha for sha in known[place : place + 2] if sha.startswith(start)]
    return found[0] if len(found) == 1 else None
