"""A deployment's status, with the whole SHA out of the commit's address."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus, Repository, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read


def test_a_success_is_all_the_payload_says_of_it() -> None:
    records = read("gitlab", "deployment.success")
    assert kinds(records) == ["Repository", "DeploymentStatus"]
    status = only(records, DeploymentStatus)
    assert status.deployed_by is not None
    assert status.deployed_by.user_id == "23"
    assert status == DeploymentStatus(
        repository=RepositoryKey("gitlab", "git.lanternworks.example", "610"),
        provider_key="deployment:770",
        environment_name="shop/eu",
        environment="production",
        status="success",
        status_at=at("2026-03-01T13:06:00Z"),
        started_at=None,
        sha="d4" * 20,
        ref="main",
        url="https://git.lanternworks.example/lights/shop/lamp-web/-/jobs/8",
        deployed_by=status.deployed_by,
    )
    assert only(records, Repository).seen_at == status.status_at


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("success", "success"),
        ("failed", "failed"),
        ("running", "in_progress"),
        ("created", "in_progress"),
        ("canceled", "canceled"),
        ("skipped", "canceled"),
        ("blocked", "canceled"),
    ],
)
def test_gitlabs_words_become_ours(word: str, expected: str) -> None:
    assert only(read("gitlab", "deployment.running", {"status": word}), DeploymentStatus).status == expected


def test_a_word_nobody_knows_is_ignored() -> None:
    with pytest.raises(Ignored, match="'pondering'"):
        read("gitlab", "deployment.running", {"status": "pondering"})


def test_all_statuses_of_a_deployment_have_one_key() -> None:
    names = ("running", "success", "canceled")
    keys = {only(read("gitlab", f"deployment.{name}"), DeploymentStatus).provider_key for name in names}
    assert keys == {"deployment:770"}


@pytest.mark.parametrize("url", [None, "https://git.lanternworks.example/x/-/commit/d4d4d4d4"])
def test_without_the_whole_sha_the_short_one_stays(url: str | None) -> None:
    assert only(read("gitlab", "deployment.success", {"commit_url": url}), DeploymentStatus).sha == "d4d4d4d4"


def test_before_tiers_only_the_name_is_told() -> None:
    changes = {"environment_tier": ..., "environment": "pre-prod"}
    status = only(read("gitlab", "deployment.success", changes), DeploymentStatus)
    assert (status.environment_name, status.environment) == ("pre-prod", None)


@pytest.mark.parametrize("value", [None, ...])
@pytest.mark.parametrize("field", ["user", "ref", "deployable_url", "environment", "short_sha"])
def test_what_is_not_essential_may_be_missing(field: str, value: object) -> None:
    status = only(read("gitlab", "deployment.success", {field: value}), DeploymentStatus)
    assert status.provider_key == "deployment:770"


def test_a_status_without_its_time_is_refused() -> None:
    with pytest.raises(Unreadable, match="`status_changed_at` is missing"):
        read("gitlab", "deployment.success", {"status_changed_at": None})
