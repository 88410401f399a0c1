"""A deployment's status: the deployment's identity, the status's time."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus, Repository, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read


def test_a_success_is_all_the_payload_says_of_it() -> None:
    records = read("github", "deployment_status.success")
    assert kinds(records) == ["Repository", "DeploymentStatus"]
    status = only(records, DeploymentStatus)
    assert status.deployed_by is not None
    assert status.deployed_by.bot
    assert status == DeploymentStatus(
        repository=RepositoryKey("github", "github.com", "40010"),
        provider_key="deployment:5500",
        environment_name="production-eu",
        environment=None,
        status="success",
        status_at=at("2026-03-03T12:10:00Z"),
        started_at=at("2026-03-03T12:05:00Z"),
        sha="d4" * 20,
        ref="main",
        url="https://github.com/lanternworks/harbor-api/actions/runs/1/job/2",
        deployed_by=status.deployed_by,
        task="deploy",
    )
    assert only(records, Repository).seen_at == status.status_at


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("success", "success"),
        ("failure", "failed"),
        ("error", "failed"),
        ("queued", "in_progress"),
        ("pending", "in_progress"),
        ("waiting", "in_progress"),
        ("in_progress", "in_progress"),
    ],
)
def test_githubs_words_become_ours(state: str, expected: str) -> None:
    changes = {"deployment_status.state": state}
    assert only(read("github", "deployment_status.success", changes), DeploymentStatus).status == expected


@pytest.mark.parametrize("state", ["inactive", "pondering"])
def test_a_state_that_decides_nothing_is_ignored(state: str) -> None:
    with pytest.raises(Ignored, match=state):
        read("github", "deployment_status.inactive", {"deployment_status.state": state})


def test_statuses_of_one_deployment_have_one_key() -> None:
    names = ("in_progress", "success", "failure")
    statuses = [only(read("github", f"deployment_status.{name}"), DeploymentStatus) for name in names]
    assert {status.provider_key for status in statuses} == {"deployment:5500"}
    assert len({status.status_at for status in statuses}) == 3


def test_the_status_may_name_another_environment() -> None:
    """Then the deployment's own flag is not about it."""
    changes = {"deployment_status.environment": "staging", "deployment.production_environment": True}
    status = only(read("github", "deployment_status.success", changes), DeploymentStatus)
    assert (status.environment_name, status.environment) == ("staging", None)


def test_without_it_the_deployments_counts() -> None:
    changes = {"deployment_status.environment": ...}
    assert (
        only(read("github", "deployment_status.success", changes), DeploymentStatus).environment_name == "production-eu"
    )


def test_githubs_flag_makes_an_odd_name_production() -> None:
    changes = {
        "deployment_status.environment": "harbor",
        "deployment.environment": "harbor",
        "deployment.production_environment": True,
    }
    assert only(read("github", "deployment_status.success", changes), DeploymentStatus).environment == "production"


def test_a_start_after_the_status_is_no_start() -> None:
    changes = {"deployment.created_at": "2026-03-04T00:00:00Z"}
    assert only(read("github", "deployment_status.success", changes), DeploymentStatus).started_at is None


@pytest.mark.parametrize("payload", [{"service": "api"}, '{"service": "api"}'])
def test_the_service_that_the_payload_names_and_what_deployed_it_are_kept(payload: object) -> None:
    changes = {
        "deployment.payload": payload,
        "deployment.task": "deploy:api",
        "workflow": {"name": "Deploy"},
        "check_run": {"name": "deploy (api)"},
    }
    status = only(read("github", "deployment_status.success", changes), DeploymentStatus)
    assert (status.named_service, status.task, status.workflow, status.job) == (
        "api",
        "deploy:api",
        "Deploy",
        "deploy (api)",
    )


@pytest.mark.parametrize("payload", [None, "", "{broken", "[1]", [], {}, {"service": 7}, {"service": ""}])
def test_a_payload_that_names_no_service_stops_nothing(payload: object) -> None:
    status = only(read("github", "deployment_status.success", {"deployment.payload": payload}), DeploymentStatus)
    assert status.named_service is None


def test_a_deleted_creator_stops_nothing() -> None:
    changes = {"deployment.creator": None, "deployment_status.creator": None}
    assert only(read("github", "deployment_status.success", changes), DeploymentStatus).deployed_by is None


def test_a_status_without_its_time_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"deployment_status\.created_at"):
        read("github", "deployment_status.success", {"deployment_status.created_at": None})
