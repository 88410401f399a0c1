"""The commit that pushes and the API tell alike, and the record it becomes."""

from datetime import datetime

import msgspec

from handlers.bitbucket.payloads import PROVIDER, AccountPart, person_of
from handlers.commits import is_merge, written_by_bot
from handlers.payloads import Sha
from handlers.times import Time, parse_time
from storage.linking.people import usable_email
from storage.records import Commit, Person, RepositoryKey


class AuthorPart(msgspec.Struct):
    raw: str | None = None
    # None: the address belongs to no account.
    user: AccountPart | None = None


class ParentPart(msgspec.Struct):
    hash: Sha | None = None


class CommitPart(msgspec.Struct):
    hash: Sha
    date: Time = None
    message: str | None = None
    author: AuthorPart | None = None
    parents: list[ParentPart] | None = None

    @property
    def parent_shas(self) -> tuple[str, ...]:
        return tuple(parent.hash for parent in self.parents or () if parent.hash)


def commit_record(
    commit: CommitPart, key: RepositoryKey, otherwise_at: datetime, *, source: str, on_default_branch: bool
) -> Commit:
    """`source`: "push" or "api". `otherwise_at`: where it tells no time of its own."""
    message = commit.message or ""
    committed_at = parse_time(commit.date) or otherwise_at
    author = commit.author or AuthorPart()
    name, email = _name_and_address(author.raw)
    return Commit(
        repository=key,
        sha=commit.hash,
        time=committed_at,
        time_source=source,
        author=_person(author.user, name, usable_email(email), key.host, committed_at),
        message=message,
        on_default_branch=on_default_branch,
        merge=len(commit.parents or ()) > 1 or is_merge(message),
        bot=written_by_bot(author.user.nickname if author.user else None, name, email),
    )


def _name_and_address(raw: str | None) -> tuple[str | None, str | None]:
    """Of "Jane Doe <jane@example.com>"; without an address all of it is the name."""
    name, opened, rest = (raw or "").rpartition("<")
    email, closed, after = rest.partition(">")
    return (name.strip(), email) if opened and closed and not after.strip() else (raw, None)


def _person(
    account: AccountPart | None, name: str | None, email: str | None, host: str, seen_at: datetime
) -> Person | None:
    """The account that Bitbucket knows the address of, else the address alone."""
    if account is not None:
        return person_of(account, host, seen_at, email)
    return Person(PROVIDER, host, None, None, name, email, bot=False, seen_at=seen_at) if email else None
