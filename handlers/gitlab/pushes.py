"""Pushes of branches and tags, which have one form.

https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from handlers.commits import (
    BRANCH,
    PushedCommitPart,
    account_of_private_address,
    object_name,
    pushed_commit,
    written_by_bot,
)
from handlers.gitlab.payloads import ProjectPart, UserPart, key_of, person_of, repository_of
from handlers.payloads import Id, Ref, Sha
from handlers.registry import Origin
from handlers.times import parse_time
from storage.linking.people import usable_email
from storage.records import Commit, EnrichmentRequest, Person, Push, Record, RepositoryKey


class AuthorPart(msgspec.Struct):
    name: str | None = None
    email: str | None = None


class CommitPart(PushedCommitPart):
    author: AuthorPart | None = None


class PushPayload(msgspec.Struct):
    ref: Ref
    before: Sha
    after: Sha
    project: ProjectPart
    project_id: Id | None = None
    # The newest 20.
    commits: list[CommitPart] | None = None
    total_commits_count: int | None = None
    checkout_sha: Sha | None = None
    # Who pushed.
    user_id: Id | None = None
    user_name: str | None = None
    user_username: str | None = None
    user_email: str | None = None


def records_of(payload: PushPayload, origin: Origin) -> Iterator[Record]:
    key = key_of(payload.project, origin, payload.project_id)
    commits = list(payload.commits or ())
    if len(commits) > 1 and commits[0].id == payload.after:
        # Oldest first, as GitLab sends them and as history is told.
        commits.reverse()
    # GitLab tells no time of the push itself: it counts at its newest commit.
    newest = max((time for commit in commits if (time := parse_time(commit.timestamp))), default=None)
    time = newest or origin.received_at
    branch = payload.ref.startswith(BRANCH)
    default_branch = payload.project.default_branch
    on_default_branch = default_branch is not None and payload.ref == BRANCH + default_branch
    before, after = object_name(payload.before), object_name(payload.after)
    if not branch and after and payload.checkout_sha is not None:
        # An annotated tag is an object of its own: what counts is the commit that it is set on.
        after = payload.checkout_sha

    yield repository_of(payload.project, key, newest)
    yield Push(
        repository=key,
        ref=payload.ref,
        before=before,
        after=after,
        # GitLab does not tell.
        forced=False,
        on_default_branch=on_default_branch,
        time=time,
        commit_shas=tuple(commit.id for commit in commits),
        total_commits=payload.total_commits_count,
    )
    if not branch:
        return
    pusher = UserPart(payload.user_id, payload.user_name, payload.user_username, payload.user_email)
    for commit in commits:
        yield _commit(commit, pusher, key, time, on_default_branch=on_default_branch)
        if on_default_branch:
            yield EnrichmentRequest(key, "commit", commit.id)
    if after and (payload.total_commits_count or 0) > len(commits):
        yield EnrichmentRequest(key, "push", f"{before}...{after}")


def _commit(
    commit: CommitPart, pusher: UserPart, key: RepositoryKey, time: datetime, *, on_default_branch: bool
) -> Commit:
    author = commit.author or AuthorPart()
    person = author_of(author, pusher, key.host, time)
    bot = written_by_bot(person.username if person else None, author.name, author.email)
    return pushed_commit(commit, person, key, time, on_default_branch=on_default_branch, bot=bot)


def author_of(author: AuthorPart, pusher: UserPart, host: str, seen_at: datetime) -> Person | None:
    """An address, an account, or both when the author is who pushed."""
    email = usable_email(author.email)
    account = account_of_private_address(author.email, host)
    if account is not None:
        return person_of(UserPart(int(account[0]), author.name, account[1]), host, seen_at)
    if email is not None and email == usable_email(pusher.email):
        return person_of(pusher, host, seen_at)
    return person_of(UserPart(None, author.name, None, email), host, seen_at)
