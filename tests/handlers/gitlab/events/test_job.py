"""A job with an environment, which is a deployment where settings name the job."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus, Repository, RepositoryKey
from tests.handlers.payloads import at, kinds, load, only, read

PROJECT = load("gitlab", "deployment.success")["project"]


def test_a_success_is_all_the_payload_says_of_it() -> None:
    records = read("gitlab", "build.success")
    assert kinds(records) == ["Repository", "DeploymentStatus"]
    status = only(records, DeploymentStatus)
    assert status == DeploymentStatus(
        repository=RepositoryKey("gitlab", "git.lanternworks.example", "610"),
        provider_key="pipeline:7100:deploy",
        environment_name="shop/eu",
        environment="production",
        status="success",
        status_at=at("2026-03-01T13:06:00Z"),
        started_at=at("2026-03-01T13:05:00Z"),
        sha="d4" * 20,
        ref="main",
        url="https://git.lanternworks.example/lights/shop/lamp-web/-/jobs/8",
        deployed_by=status.deployed_by,
        source="workflow",
        job="deploy",
    )


def test_before_versions_that_tell_the_project_only_its_address_is_known() -> None:
    """The name that is told has people's names for groups: it is no path."""
    assert only(read("gitlab", "build.success"), Repository).path == ""
    assert only(read("gitlab", "build.success", {"project": PROJECT}), Repository).path == "lights/shop/lamp-web"


def test_a_job_that_runs_again_is_the_same_deployment() -> None:
    again = {"build_id": 9, "retries_count": 1, "build_status": "failed"}
    status = only(read("gitlab", "build.success", again), DeploymentStatus)
    assert (status.provider_key, status.status) == ("pipeline:7100:deploy", "failed")


def test_a_pipeline_started_by_another_of_its_project_is_part_of_that() -> None:
    own, other = {"pipeline_id": 70, "project": {"id": 610}}, {"pipeline_id": 70, "project": {"id": 5}}
    keys = [
        only(read("gitlab", "build.success", {"source_pipeline": upstream}), DeploymentStatus).provider_key
        for upstream in (own, other, None)
    ]
    assert keys == ["pipeline:70:deploy", "pipeline:7100:deploy", "pipeline:7100:deploy"]


def test_a_job_of_a_tag_names_it() -> None:
    changes = {"tag": True, "ref": "v2.0.0"}
    assert only(read("gitlab", "build.success", changes), DeploymentStatus).ref == "refs/tags/v2.0.0"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"environment": None}, "without an environment"),
        ({"environment.name": None}, "without an environment"),
        ({"environment.action": "stop"}, "'stop'"),
        ({"build_status": "manual"}, "'manual'"),
        ({"build_status": "created"}, "'created'"),
    ],
)
def test_a_job_that_deploys_nothing_is_ignored(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(Ignored, match=reason):
        read("gitlab", "build.success", changes)


def test_a_job_without_any_time_is_refused() -> None:
    with pytest.raises(Unreadable, match="tells no time"):
        read("gitlab", "build.success", {"build_started_at": None, "build_finished_at": None})
