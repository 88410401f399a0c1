"""A published release, which is a deployment where settings say that releases are."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read


def test_a_publication_is_a_success_of_its_tag() -> None:
    records = read("github", "release.published")
    assert kinds(records) == ["Repository", "DeploymentStatus"]
    status = only(records, DeploymentStatus)
    assert status == DeploymentStatus(
        repository=RepositoryKey("github", "github.com", "40010"),
        provider_key="release:3300",
        environment_name="production",
        environment="production",
        status="success",
        status_at=at("2026-03-03T12:10:00Z"),
        started_at=None,
        sha=None,
        ref="refs/tags/v1.4.0",
        url="https://github.com/lanternworks/harbor-api/releases/tag/v1.4.0",
        deployed_by=status.deployed_by,
        source="release",
    )


def test_a_release_of_a_commit_names_it() -> None:
    changes = {"release.target_commitish": "d4" * 20}
    assert only(read("github", "release.published", changes), DeploymentStatus).sha == "d4" * 20


def test_a_prerelease_that_becomes_a_release_counts_then() -> None:
    changes = {"action": "released", "release.updated_at": "2026-03-05T09:00:00Z"}
    status = only(read("github", "release.published", changes), DeploymentStatus)
    assert status.status_at == at("2026-03-05T09:00:00Z")


@pytest.mark.parametrize(
    "changes", [{"action": "created"}, {"action": "edited"}, {"release.draft": True}, {"release.prerelease": True}]
)
def test_drafts_prereleases_and_edits_are_ignored(changes: dict[str, object]) -> None:
    with pytest.raises(Ignored, match="neither a draft nor a prerelease"):
        read("github", "release.published", changes)


def test_a_release_without_its_time_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"release\.published_at"):
        read("github", "release.published", {"release.published_at": None})
