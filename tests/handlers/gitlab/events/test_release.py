"""A release, which is a deployment where settings say that releases are."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read


def test_a_release_is_a_success_of_its_commit() -> None:
    records = read("gitlab", "release.create")
    assert kinds(records) == ["Repository", "DeploymentStatus"]
    assert only(records, DeploymentStatus) == DeploymentStatus(
        repository=RepositoryKey("gitlab", "git.lanternworks.example", "610"),
        provider_key="release:450",
        environment_name="production",
        environment="production",
        status="success",
        status_at=at("2026-03-01T13:06:00Z"),
        started_at=None,
        sha="d4" * 20,
        ref="refs/tags/v2.0.0",
        url="https://git.lanternworks.example/lights/shop/lamp-web/-/releases/v2.0.0",
        deployed_by=None,
        source="release",
    )


@pytest.mark.parametrize("value", [None, ...])
@pytest.mark.parametrize("field", ["released_at", "url", "commit"])
def test_what_is_not_essential_may_be_missing(field: str, value: object) -> None:
    assert only(read("gitlab", "release.create", {field: value}), DeploymentStatus).provider_key == "release:450"


def test_a_deleted_release_changes_nothing() -> None:
    with pytest.raises(Ignored, match="'delete'"):
        read("gitlab", "release.create", {"action": "delete"})


def test_a_release_without_its_time_is_refused() -> None:
    with pytest.raises(Unreadable, match="`created_at` is missing"):
        read("gitlab", "release.create", {"created_at": None})
