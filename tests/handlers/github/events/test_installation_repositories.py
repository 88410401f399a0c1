"""Repositories that an installation gained or lost."""

from storage.records import InstallationRepositories
from tests.handlers.payloads import only, read


def test_gained_repositories_are_known_by_name() -> None:
    repositories = only(read("github", "installation_repositories.added"), InstallationRepositories)
    assert [(repository.key.provider_id, repository.path) for repository in repositories.added] == [
        ("40011", "lanternworks/lamp-web")
    ]
    assert (repositories.host, repositories.removed) == ("github.com", ())


def test_lost_repositories_are_known_by_id() -> None:
    repositories = only(read("github", "installation_repositories.removed"), InstallationRepositories)
    assert (repositories.added, [key.provider_id for key in repositories.removed]) == ((), ["40011"])
