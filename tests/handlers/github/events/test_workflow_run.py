"""A completed workflow run, which is a deployment where settings name the workflow."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus, Repository, RepositoryKey
from tests.handlers.payloads import at, kinds, only, read


def test_a_success_is_all_the_payload_says_of_it() -> None:
    records = read("github", "workflow_run.completed")
    assert kinds(records) == ["Repository", "DeploymentStatus"]
    status = only(records, DeploymentStatus)
    assert status.deployed_by is not None
    assert status == DeploymentStatus(
        repository=RepositoryKey("github", "github.com", "40010"),
        provider_key="workflow_run:881200",
        environment_name="production",
        environment="production",
        status="success",
        status_at=at("2026-03-03T12:10:00Z"),
        started_at=at("2026-03-03T12:05:00Z"),
        sha="d4" * 20,
        ref="main",
        url="https://github.com/lanternworks/harbor-api/actions/runs/881200",
        deployed_by=status.deployed_by,
        source="workflow",
        workflow="Deploy",
    )
    assert only(records, Repository).seen_at == status.status_at


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("failure", "failed"),
        ("timed_out", "failed"),
        ("startup_failure", "failed"),
        ("cancelled", "canceled"),
    ],
)
def test_githubs_conclusions_become_ours(conclusion: str, expected: str) -> None:
    changes = {"workflow_run.conclusion": conclusion}
    assert only(read("github", "workflow_run.completed", changes), DeploymentStatus).status == expected


def test_another_attempt_of_a_run_is_the_same_deployment() -> None:
    changes = {"workflow_run.run_attempt": 2, "workflow_run.updated_at": "2026-03-03T13:00:00Z"}
    keys = {
        only(read("github", "workflow_run.completed", change), DeploymentStatus).provider_key
        for change in (None, changes)
    }
    assert keys == {"workflow_run:881200"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"action": "requested"}, "when it is completed"),
        ({"workflow_run.conclusion": "skipped"}, "has done nothing"),
        ({"workflow_run.conclusion": None}, "has done nothing"),
        ({"workflow_run.head_branch": "feature"}, "default branch"),
        ({"workflow_run.head_repository.id": 9}, "default branch"),
        ({"workflow_run.event": "pull_request"}, "default branch"),
    ],
)
def test_what_can_be_no_deployment_is_ignored(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(Ignored, match=reason):
        read("github", "workflow_run.completed", changes)


def test_the_workflow_is_told_in_several_places() -> None:
    changes = {"workflow.name": None, "workflow_run.name": "Ship"}
    assert only(read("github", "workflow_run.completed", changes), DeploymentStatus).workflow == "Ship"
    changes = {"workflow.name": "", "workflow_run.name": ""}
    status = only(read("github", "workflow_run.completed", changes), DeploymentStatus)
    assert status.workflow == ".github/workflows/deploy.yml"


def test_a_run_without_its_time_is_refused() -> None:
    with pytest.raises(Unreadable, match=r"workflow_run\.updated_at"):
        read("github", "workflow_run.completed", {"workflow_run.updated_at": None})
