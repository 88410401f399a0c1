"""A build that says it deploys, and where to, is a deployment; any other build is none."""

import pytest

from handlers.reading import Ignored, Unreadable
from storage.records import DeploymentStatus
from tests.handlers.payloads import at, only, read

CREATED, UPDATED = "repo_commit_status_created.deployment", "repo_commit_status_updated.deployed"


def test_a_deployment_begins_and_succeeds_under_one_key() -> None:
    begun, done = (only(read("bitbucket", name), DeploymentStatus) for name in (CREATED, UPDATED))
    assert begun.provider_key == done.provider_key
    assert (begun.status, begun.started_at) == ("in_progress", at("2026-03-02T11:00:00Z"))
    assert (done.status, done.status_at, done.started_at) == ("success", at("2026-03-02T11:05:00Z"), None)
    assert (done.environment_name, done.sha, done.ref) == ("production", "c3" * 20, "main")
    assert done.deployed_by is not None


def test_the_same_commit_deployed_again_is_another_deployment() -> None:
    again = {"commit_status.url": "https://bitbucket.org/acme/api/pipelines/results/9"}
    first, second = (only(read("bitbucket", UPDATED, changes), DeploymentStatus) for changes in ({}, again))
    assert first.provider_key != second.provider_key


@pytest.mark.parametrize(
    "address",
    [
        "https://bitbucket.org/acme/api/pipelines/results/186",
        "https://bitbucket.org/acme/api/addon/pipelines/home#!/results/186/steps/%7B0097%7D",
    ],
)
def test_a_run_of_pipelines_that_tells_of_itself_is_the_one_that_the_api_tells_of(address: str) -> None:
    changes = {"commit_status.url": address, "commit_status.key": "deploy-Production"}
    assert only(read("bitbucket", UPDATED, changes), DeploymentStatus).provider_key == "pipeline:186:production"


@pytest.mark.parametrize(
    ("key", "name", "environment"),
    [
        ("deploy-production", None, "production"),
        ("DEPLOY_PROD", None, "PROD"),
        ("x1", "Deploy to prod-eu", "prod-eu"),
        ("x1", "Deployment: staging", "staging"),
        ("BB-DEPLOY", "BB-DEPLOY", None),
        ("x1", "Pipeline #8 for main", None),
        ("x1", "Redeployable artifacts", None),
    ],
)
def test_where_to_is_what_follows_the_word(key: str, name: str | None, environment: str | None) -> None:
    changes = {"commit_status.key": key, "commit_status.name": name}
    if environment is None:
        with pytest.raises(Ignored, match="is no deployment"):
            read("bitbucket", UPDATED, changes)
    else:
        assert only(read("bitbucket", UPDATED, changes), DeploymentStatus).environment_name == environment


@pytest.mark.parametrize(
    ("state", "status"), [("FAILED", "failed"), ("STOPPED", "canceled"), ("INPROGRESS", "in_progress")]
)
def test_states_in_our_words(state: str, status: str) -> None:
    assert only(read("bitbucket", UPDATED, {"commit_status.state": state}), DeploymentStatus).status == status


def test_a_state_of_the_future_is_ignored() -> None:
    with pytest.raises(Ignored, match="PAUSED"):
        read("bitbucket", UPDATED, {"commit_status.state": "PAUSED"})


def test_the_commit_is_told_by_its_address_too() -> None:
    assert only(read("bitbucket", UPDATED, {"commit_status.commit": ...}), DeploymentStatus).sha == "c3" * 20
    with pytest.raises(Unreadable, match="which commit"):
        read("bitbucket", UPDATED, {"commit_status.commit": ..., "commit_status.links": {}})
