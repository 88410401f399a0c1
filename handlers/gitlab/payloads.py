"""Parts that many of GitLab's payloads have, and the records they become. Only what is needed is read.

https://docs.gitlab.com/user/project/integrations/webhook_events/
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from handlers.payloads import Id, Ref, host_of, link
from handlers.registry import Origin
from handlers.times import Time, parse_time
from handlers.verdicts import Unreadable
from storage.linking.people import is_bot, usable_email
from storage.records import Person, Repository, RepositoryKey, Review

PROVIDER = "gitlab"


class UserPart(msgspec.Struct):
    # Missing in some payloads.
    id: Id | None = None
    name: str | None = None
    username: str | None = None
    # "[REDACTED]" unless it is public.
    email: str | None = None


class ProjectPart(msgspec.Struct):
    path_with_namespace: Ref
    # Missing in some payloads, which tell it elsewhere.
    id: Id | None = None
    web_url: str | None = None
    default_branch: str | None = None
    created_at: Time = None


class LabelPart(msgspec.Struct):
    title: str | None = None


def key_of(project: ProjectPart, origin: Origin, otherwise: int | None = None) -> RepositoryKey:
    """`otherwise`: the id that another part of the payload tells."""
    project_id = otherwise if project.id is None else project.id
    if project_id is None:
        raise Unreadable("It does not say which project it is about: `project.id` is missing.")
    return RepositoryKey(PROVIDER, host_of(project.web_url, origin.host), str(project_id))


def repository_of(project: ProjectPart, key: RepositoryKey, seen_at: datetime | None) -> Repository:
    """`seen_at` is the provider's time of the event, never of something in it."""
    url = link(project.web_url)
    return Repository(
        key=key,
        path=project.path_with_namespace,
        url=url,
        commits_url=commits_url(url),
        default_branch=project.default_branch or None,
        seen_at=seen_at,
        created_at=parse_time(project.created_at),
    )


def commits_url(project_url: str | None) -> str | None:
    """GitLab's own pages of a project begin with /-/."""
    return project_url and f"{project_url}/-/commit/"


def person_of(user: UserPart | None, host: str, seen_at: datetime | None) -> Person | None:
    """None when neither an account nor an address is told."""
    if user is None:
        return None
    email = usable_email(user.email)
    if user.id is None and email is None:
        return None
    return Person(
        provider=PROVIDER,
        host=host,
        user_id=str(user.id) if user.id is not None else None,
        username=user.username,
        name=user.name,
        email=email,
        bot=is_bot(user.username, user.name),
        seen_at=seen_at,
    )


def approval_of(key: RepositoryKey, number: int, reviewer: Person | None, at: datetime) -> Review | None:
    """One of a person for each merge request: the first counts. A webhook and the note that the API shows tell
    different seconds of it, so its time cannot tell them apart."""
    if reviewer is None:
        return None
    return Review(
        repository=key,
        number=number,
        provider_key=f"approval:{reviewer.user_id or reviewer.email}",
        kind="approval",
        reviewer=reviewer,
        state="approved",
        submitted_at=at,
        seen_at=at,
    )


def user_with_id(user_id: int | None, users: Iterable[UserPart | None]) -> UserPart | None:
    """Where a payload tells a person's id only: the names, if another part of it has that person."""
    if user_id is None:
        return None
    return next((user for user in users if user is not None and user.id == user_id), UserPart(id=user_id))


def titles_of(labels: list[LabelPart] | None) -> tuple[str, ...]:
    return tuple(label.title for label in labels or () if label.title)
