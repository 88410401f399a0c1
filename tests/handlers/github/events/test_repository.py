"""A repository's own changes."""

import pytest

from storage.records import Repository, RepositoryKey, RepositoryRemoved
from tests.handlers.payloads import at, load, only, read

KEY = RepositoryKey("github", "github.com", "40010")
UPDATED = at("2026-03-06T07:00:00Z")


def test_a_renamed_repository_keeps_its_key() -> None:
    repository = only(read("github", "repository.renamed"), Repository)
    assert (repository.key, repository.path, repository.seen_at) == (KEY, "lanternworks/quay-api", UPDATED)
    assert repository.created_at == at("2025-02-03T09:00:00Z")


@pytest.mark.parametrize("action", ["created", "edited", "transferred", "privatized", "publicized", "archived"])
def test_any_other_action_tells_how_it_is_now(action: str) -> None:
    assert only(read("github", "repository.renamed", {"action": action}), Repository).seen_at == UPDATED


def test_a_deleted_repository_is_removed_and_starts_no_tracking() -> None:
    assert read("github", "repository.deleted") == [RepositoryRemoved(KEY, at=UPDATED, deleted=True)]


def test_a_repository_without_a_branch_has_none() -> None:
    payload = load("github", "repository.renamed")
    assert payload["repository"]["default_branch"] == "main"
    changes = {"repository.default_branch": None}
    assert only(read("github", "repository.renamed", changes), Repository).default_branch is None
