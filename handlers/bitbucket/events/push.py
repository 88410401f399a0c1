"""`repo:push`: branches and tags moved, came or went; one push may change several.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.bitbucket.commits import CommitPart, commit_record
from handlers.bitbucket.payloads import RepositoryPart, key_of, repository_of
from handlers.commits import BRANCH
from handlers.payloads import Ref
from handlers.registry import Origin
from handlers.times import parse_time
from storage.records import EnrichmentRequest, Push, Record, RepositoryKey

EVENT = "repo:push"
# No webhook tells the main branch: without a token to ask for it, one of these is taken.
# https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Repository
LIKELY_MAIN = ("main", "master")
TAG = "refs/tags/"


class StatePart(msgspec.Struct):
    """A branch or tag, before or after the push."""

    type: str
    name: Ref
    target: CommitPart


class ChangePart(msgspec.Struct):
    # None: it was removed (new), or made (old).
    new: StatePart | None = None
    old: StatePart | None = None
    # The newest five, the newest first.
    commits: list[CommitPart] | None = None
    truncated: bool | None = None
    forced: bool | None = None


class ChangesPart(msgspec.Struct):
    changes: list[ChangePart]


class Payload(msgspec.Struct):
    push: ChangesPart
    repository: RepositoryPart


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    changes = payload.push.changes
    # Bitbucket tells no time of the push itself: it counts at its newest commit.
    newest = max((time for change in changes if (time := _newest(change))), default=None)
    yield repository_of(payload.repository, key, newest)
    main = _main_branch(payload, origin.default_branches.get(key))
    for change in changes:
        yield from _records(change, key, newest or origin.received_at, main)


def _main_branch(payload: Payload, known: str | None) -> str | None:
    told = payload.repository.mainbranch
    if told is not None and told.name is not None:
        return told.name
    branches = [one.new.name for one in payload.push.changes if one.new is not None and one.new.type == "branch"]
    return known or next((branch for branch in LIKELY_MAIN if branch in branches), None)


def _newest(change: ChangePart) -> datetime | None:
    return parse_time(change.new.target.date) if change.new else None


def _records(change: ChangePart, key: RepositoryKey, time: datetime, main: str | None) -> Iterator[Record]:
    state = change.new or change.old
    if state is None:
        return
    branch = state.type == "branch"
    commits = list(reversed(change.commits or ()))
    before, after = (end.target.hash if end else "" for end in (change.old, change.new))
    on_default_branch = branch and state.name == main
    yield Push(
        repository=key,
        ref=f"{BRANCH if branch else TAG}{state.name}",
        before=before,
        after=after,
        forced=bool(change.forced),
        on_default_branch=on_default_branch,
        time=_newest(change) or time,
        commit_shas=tuple(commit.hash for commit in commits),
        # How many there were is not said when the list was cut.
        total_commits=None if change.truncated else len(commits),
    )
    if not branch:
        return
    for commit in commits:
        yield commit_record(commit, key, time, source="push", on_default_branch=on_default_branch)
        if on_default_branch:
            yield EnrichmentRequest(key, "commit", commit.hash)
    if after and change.truncated:
        yield EnrichmentRequest(key, "push", f"{before}...{after}")
