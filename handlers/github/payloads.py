"""Parts that many of GitHub's payloads have, and the records they become. Only what is needed is read.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from datetime import datetime

import msgspec

from handlers.payloads import Id, Ref, host_of, link
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.linking.people import is_bot
from storage.records import Person, Repository, RepositoryKey

PROVIDER = "github"
# Stands for everybody whose account was deleted: https://github.com/ghost
DELETED_USER = "ghost"


class AccountPart(msgspec.Struct):
    """A user, bot or organization."""

    id: Id
    login: str
    type: str | None = None


class RepositoryPart(msgspec.Struct):
    id: Id
    full_name: Ref
    html_url: str | None = None
    default_branch: str | None = None
    # ISO text; Unix seconds in a push.
    created_at: Time = None
    updated_at: Time = None
    # The time of the push, in a push only; elsewhere of an earlier one.
    pushed_at: Time = None


class LabelPart(msgspec.Struct):
    name: str | None = None


def host_in(repository: RepositoryPart, origin: Origin) -> str:
    return host_of(repository.html_url, origin.host)


def key_of(repository: RepositoryPart, origin: Origin) -> RepositoryKey:
    return RepositoryKey(PROVIDER, host_in(repository, origin), str(repository.id))


def commits_url(repository_url: str | None) -> str | None:
    """The address of a commit's page without the SHA at its end."""
    return repository_url and f"{repository_url}/commit/"


def repository_of(repository: RepositoryPart, seen_at: datetime | None, origin: Origin) -> Repository:
    """`seen_at` is the provider's time of the event, never of something in it."""
    url = link(repository.html_url)
    return Repository(
        key=key_of(repository, origin),
        path=repository.full_name,
        url=url,
        commits_url=commits_url(url),
        default_branch=repository.default_branch,
        seen_at=seen_at,
        created_at=parse_time(repository.created_at),
    )


def person_of(account: AccountPart | None, host: str, seen_at: datetime | None) -> Person | None:
    """None when the account was deleted."""
    if account is None or account.login == DELETED_USER:
        return None
    return Person(
        provider=PROVIDER,
        host=host,
        user_id=str(account.id),
        username=account.login,
        name=None,
        email=None,
        bot=is_bot(account.login, None, account.type),
        seen_at=seen_at,
    )


def names_of(labels: list[LabelPart] | None) -> tuple[str, ...]:
    return tuple(label.name for label in labels or () if label.name)
