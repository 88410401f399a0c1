"""The installation of the GitHub App on an account, and the repositories it may see."""

from collections.abc import Iterator

import msgspec

from handlers.github.payloads import PROVIDER
from handlers.payloads import Id, Ref, host_of
from handlers.registry import Origin
from handlers.times import Time
from storage.records import HistoryRequest, InstallationRepositories, Repository, RepositoryKey


class OwnerPart(msgspec.Struct):
    """A user or an organization has a login, an enterprise a slug."""

    login: str | None = None
    slug: str | None = None
    # User or Organization.
    type: str | None = None


class InstallationPart(msgspec.Struct):
    id: Id
    html_url: str | None = None
    account: OwnerPart | None = None
    created_at: Time = None
    updated_at: Time = None
    suspended_at: Time = None


class ShortRepositoryPart(msgspec.Struct):
    id: Id
    full_name: Ref


def repositories_of(
    installation: InstallationPart,
    added: list[ShortRepositoryPart] | None,
    removed: list[ShortRepositoryPart] | None,
    origin: Origin,
) -> InstallationRepositories:
    """The payload tells no more than ids and names, and no time."""
    host = host_of(installation.html_url, origin.host)
    return InstallationRepositories(
        provider=PROVIDER,
        host=host,
        added=tuple(
            Repository(
                key=RepositoryKey(PROVIDER, host, str(repository.id)),
                path=repository.full_name,
                url=None,
                default_branch=None,
                seen_at=None,
            )
            for repository in added or ()
        ),
        removed=tuple(RepositoryKey(PROVIDER, host, str(repository.id)) for repository in removed or ()),
    )


def histories_of(told: InstallationRepositories) -> Iterator[HistoryRequest]:
    """What the App sees from now on, it is asked about from before."""
    for repository in told.added:
        yield HistoryRequest(repository.key)
