"""A deployment of some other pipeline."""

from typing import Any

import pytest

from handlers.reading import Unreadable
from storage.records import DeploymentStatus, Repository, RepositoryKey, by_path
from tests.handlers.generic.documents import DEPLOYMENT, read_document
from tests.handlers.payloads import at, kinds, only


def test_a_deployment_is_all_that_is_told_of_it() -> None:
    more = {"sha": "5B1F3A9", "ref": "main", "service": "search", "url": "https://ci.acme.example/42"}
    records = read_document(
        DEPLOYMENT, **more, started_at=1772443500, tier="staging", repository={"provider": "github", "path": "Acme/Api"}
    )

    assert kinds(records) == ["Repository", "DeploymentStatus"]
    moment = at("2026-03-02T09:30:00Z")
    assert only(records, Repository) == Repository(by_path("github", "acme/api"), "Acme/Api", None, None, moment)
    assert only(records, DeploymentStatus) == DeploymentStatus(
        repository=by_path("github", "acme/api"),
        provider_key="deployment:42:jenkins",
        environment_name="production",
        environment="staging",
        status="success",
        status_at=moment,
        started_at=at("2026-03-02T09:25:00Z"),
        sha="5b1f3a9",
        ref="main",
        url="https://ci.acme.example/42",
        deployed_by=None,
        named_service="search",
    )


@pytest.mark.parametrize(
    ("status", "stored"),
    [("running", "in_progress"), ("succeeded", "success"), ("failed", "failed"), ("canceled", "canceled")],
)
def test_every_status_has_its_word(status: str, stored: str) -> None:
    assert only(read_document(DEPLOYMENT, status=status), DeploymentStatus).status == stored


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({}, "jenkins/deployments"),
        ({"service": "search api"}, "jenkins/search-api"),
        ({"repository": {"path": "legacy/Billing"}}, "legacy/Billing"),
    ],
)
def test_what_is_on_no_provider_belongs_to_a_repository_of_its_own(fields: dict[str, Any], path: str) -> None:
    repository = only(read_document(DEPLOYMENT, **fields), Repository)
    assert (repository.key, repository.path) == (RepositoryKey("generic", "generic", path.lower()), path)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"sah": "5b1f3a9"}, "unknown field `sah`"),
        ({"status": "success"}, r"Invalid enum value 'success' - at `\$.status`"),
        ({"id": "a:b"}, "matching regex"),
        ({"id": None}, "at `\\$.id`"),
        ({"sha": "not a sha"}, "matching regex"),
        ({"repository": {"path": "api"}}, "matching regex"),
        ({"repository": {"path": "acme/api", "provider": "githib"}}, "`repository.provider` is 'githib', not one of"),
        ({"at": "yesterday"}, "`at` is no time with a zone"),
        ({"at": "2026-03-02T09:30:00"}, "`at` is no time with a zone"),
        ({"environment": ""}, r"at `\$.environment`"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_document(DEPLOYMENT, **fields)
