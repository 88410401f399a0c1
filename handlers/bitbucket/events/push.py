"""`repo:push`: branches and tags moved, came or went; one push may change several.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push
"""

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.bitbucket.payloads import PROVIDER, AccountPart, RepositoryPart, key_of, person_of, repository_of
from handlers.commits import BRANCH, is_merge, written_by_bot
from handlers.payloads import Ref, Sha
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.linking.people import usable_email
from storage.records import Commit, EnrichmentRequest, Person, Push, Record, RepositoryKey

EVENT = "repo:push"
# The payload does not tell the main branch, and there is no other word of it in any webhook.
# https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Repository
LIKELY_MAIN = ("main", "master")
TAG = "refs/tags/"
# "Jane Doe <jane@example.com>"
RAW_AUTHOR = re.compile(r"\s*(?P<name>.*?)\s*<(?P<email>[^<>]*)>\s*")


class AuthorPart(msgspec.Struct):
    raw: str | None = None
    # None: the address belongs to no account.
    user: AccountPart | None = None


class CommitPart(msgspec.Struct):
    hash: Sha
    date: Time = None
    message: str | None = None
    author: AuthorPart | None = None
    parents: list[msgspec.Raw] | None = None


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
    branches = [change.new.name for change in changes if change.new is not None and change.new.type == "branch"]
    told = payload.repository.mainbranch
    main = told.name if told else next((branch for branch in LIKELY_MAIN if branch in branches), None)
    yield repository_of(payload.repository, key, newest, main)
    for change in changes:
        yield from _records(change, key, newest or origin.received_at, main)


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
        yield _commit(commit, key, time, on_default_branch=on_default_branch)
        if on_default_branch:
            yield EnrichmentRequest(key, "commit", commit.hash)
    if after and change.truncated:
        yield EnrichmentRequest(key, "push", f"{before}...{after}")


def _commit(commit: CommitPart, key: RepositoryKey, time: datetime, *, on_default_branch: bool) -> Commit:
    message = commit.message or ""
    committed_at = parse_time(commit.date) or time
    author = commit.author or AuthorPart()
    found = RAW_AUTHOR.fullmatch(author.raw or "")
    name, email = (found["name"], found["email"]) if found else (author.raw, None)
    return Commit(
        repository=key,
        sha=commit.hash,
        time=committed_at,
        time_source="push",
        author=_person(author.user, name, usable_email(email), key.host, committed_at),
        message=message,
        on_default_branch=on_default_branch,
        merge=len(commit.parents or ()) > 1 or is_merge(message),
        bot=written_by_bot(author.user.nickname if author.user else None, name, email),
    )


def _person(
    account: AccountPart | None, name: str | None, email: str | None, host: str, seen_at: datetime
) -> Person | None:
    """The account that Bitbucket knows the address of, else the address alone."""
    if account is not None:
        return person_of(account, host, seen_at, email)
    return Person(PROVIDER, host, None, None, name, email, bot=False, seen_at=seen_at) if email else None
