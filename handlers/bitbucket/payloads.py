"""Parts that many of Bitbucket's payloads have, and the records they become. Only what is needed is read.

https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Common-entities-for-event-payloads
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from handlers.payloads import Ref, host_of, link
from handlers.registry import Origin
from handlers.times import Time, parse_time
from storage.linking.people import is_bot
from storage.records import Person, Repository, RepositoryKey

PROVIDER = "bitbucket"
# "{555997f5-1f4c-4afa-9c63-71e3ee5d725b}"
Uuid = Annotated[str, Meta(min_length=1, max_length=64)]


class LinkPart(msgspec.Struct):
    href: str | None = None


class LinksPart(msgspec.Struct):
    html: LinkPart | None = None


class BranchPart(msgspec.Struct):
    name: Ref | None = None


class AccountPart(msgspec.Struct):
    uuid: Uuid
    display_name: str | None = None
    # What `username` was, until it was taken away from people's accounts in 2019.
    nickname: str | None = None
    type: str | None = None


class RepositoryPart(msgspec.Struct):
    uuid: Uuid
    full_name: Ref
    links: LinksPart | None = None
    # Hooks have it rarely, the API always.
    mainbranch: BranchPart | None = None
    created_on: Time = None


def url_of(links: LinksPart | None) -> str | None:
    return link(links.html.href) if links is not None and links.html is not None else None


def key_of(repository: RepositoryPart, origin: Origin) -> RepositoryKey:
    host = host_of(url_of(repository.links), origin.host)
    return RepositoryKey(PROVIDER, host, repository.uuid.strip("{}"))


def repository_of(repository: RepositoryPart, key: RepositoryKey, seen_at: datetime | None) -> Repository:
    """`seen_at` is the time of the event."""
    url = url_of(repository.links)
    return Repository(
        key=key,
        path=repository.full_name,
        url=url,
        commits_url=url and f"{url}/commits/",
        default_branch=repository.mainbranch.name if repository.mainbranch else None,
        seen_at=seen_at,
        created_at=parse_time(repository.created_on),
    )


def person_of(
    account: AccountPart | None, host: str, seen_at: datetime | None, email: str | None = None
) -> Person | None:
    """`email`: one that Bitbucket itself says belongs to the account. None: nobody is told."""
    if account is None:
        return None
    return Person(
        provider=PROVIDER,
        host=host,
        user_id=account.uuid.strip("{}"),
        username=account.nickname,
        name=account.display_name,
        email=email,
        # Tokens of repositories, projects and workspaces act as `app_user`s; so do the apps that are installed.
        bot=account.type == "app_user" or is_bot(account.nickname, account.display_name),
        seen_at=seen_at,
    )
