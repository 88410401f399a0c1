"""Projects that were made, renamed, moved, changed or deleted."""

import pytest

from storage.records import Repository, RepositoryKey, RepositoryRemoved
from tests.handlers.payloads import at, only, read

HOST = "git.lanternworks.example"
KEY = RepositoryKey("gitlab", HOST, "610")


def test_a_new_project_is_a_repository_on_its_connections_host() -> None:
    created_at = at("2026-03-02T09:00:00Z")
    assert read("gitlab", "project.project_create", host=HOST) == [
        Repository(
            key=KEY,
            path="lights/shop/lamp-web",
            url="https://git.lanternworks.example/lights/shop/lamp-web",
            commits_url="https://git.lanternworks.example/lights/shop/lamp-web/-/commit/",
            default_branch=None,
            seen_at=created_at,
            created_at=created_at,
        )
    ]


@pytest.mark.parametrize("event", ["project_rename", "project_transfer", "project_update"])
def test_a_moved_project_keeps_its_key(event: str) -> None:
    repository = only(read("gitlab", "project.project_rename", {"event_name": event}, host=HOST), Repository)
    assert (repository.key, repository.path) == (KEY, "lights/shop/lantern-web")
    assert repository.seen_at == at("2026-03-04T09:00:00Z")


def test_a_deleted_project_is_removed() -> None:
    records = read("gitlab", "project.project_destroy", host=HOST)
    assert records == [RepositoryRemoved(KEY, at=at("2026-03-05T09:00:00Z"), deleted=True)]
