"""`push`: commits came to a branch, a tag was set, or either was removed.

https://docs.github.com/webhooks/webhook-events-and-payloads#push
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.commits import BRANCH, PushedCommitPart, object_name, pushed_commit, written_by_bot
from handlers.github.authors import AuthorPart, author_of
from handlers.github.payloads import AccountPart, RepositoryPart, key_of, repository_of
from handlers.payloads import Ref, Sha
from handlers.registry import Origin
from handlers.times import parse_time
from storage.records import Commit, EnrichmentRequest, Push, Record, RepositoryKey

EVENT = "push"
# GitHub cuts the list there, and does not say how many there were.
MOST_COMMITS = 2048


class CommitPart(PushedCommitPart):
    author: AuthorPart | None = None


class Payload(msgspec.Struct):
    ref: Ref
    before: Sha
    after: Sha
    repository: RepositoryPart
    forced: bool | None = None
    commits: list[CommitPart] | None = None
    head_commit: CommitPart | None = None
    sender: AccountPart | None = None


def handle(payload: Payload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.repository, origin)
    commits = payload.commits or []
    pushed_at = parse_time(payload.repository.pushed_at) or _newest(payload)
    time = pushed_at or origin.received_at
    branch = payload.ref.startswith(BRANCH)
    default_branch = payload.repository.default_branch
    on_default_branch = default_branch is not None and payload.ref == BRANCH + default_branch
    before, after = object_name(payload.before), object_name(payload.after)
    if not branch and after and payload.head_commit is not None:
        # An annotated tag is an object of its own: what counts is the commit that it is set on.
        after = payload.head_commit.id
    cut = len(commits) >= MOST_COMMITS

    yield repository_of(payload.repository, pushed_at, origin)
    yield Push(
        repository=key,
        ref=payload.ref,
        before=before,
        after=after,
        forced=bool(payload.forced),
        on_default_branch=on_default_branch,
        time=time,
        commit_shas=tuple(commit.id for commit in commits),
        total_commits=None if cut else len(commits),
    )
    if not branch:
        return
    for commit in commits:
        yield _commit(commit, payload.sender, key, time, on_default_branch=on_default_branch)
        if on_default_branch:
            yield EnrichmentRequest(key, "commit", commit.id)
    if cut:
        yield EnrichmentRequest(key, "push", f"{before}...{after}")


def _newest(payload: Payload) -> datetime | None:
    """The time of a push that does not tell its own."""
    commits = [*(payload.commits or []), *([payload.head_commit] if payload.head_commit else [])]
    return max((time for commit in commits if (time := parse_time(commit.timestamp))), default=None)


def _commit(
    commit: CommitPart, sender: AccountPart | None, key: RepositoryKey, time: datetime, *, on_default_branch: bool
) -> Commit:
    author = commit.author or AuthorPart()
    person = author_of(author, sender, key.host, time)
    bot = written_by_bot(author.username, author.name, author.email)
    return pushed_commit(commit, person, key, time, on_default_branch=on_default_branch, bot=bot)
