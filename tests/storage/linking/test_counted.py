"""Which deployments count: one source, the environments that settings name, each with its class and service."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.linking.history import Commit, Deployment, History, Push
from storage.linking.link import link
from storage.linking.settings import Service, Settings
from tests.storage.linking.histories import histories, settings_of_a_repository
from tests.storage.linking.test_link import shuffle

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAIN = "refs/heads/main"


def success(key: str, hours: int, **more: Any) -> Deployment:
    at = START + timedelta(hours=hours)
    return Deployment(key, at, sha="b1", status_at=at, first_succeeded_at=at, finished_at=at, **more)


def history(deployments: list[Deployment], settings: Settings) -> History:
    return History(
        UUID(int=1),
        default_branch="main",
        commits={"b1": Commit("b1", START, on_default_branch=True)},
        pushes=[Push(MAIN, "a0", "b1", START, ["b1"], on_default_branch=True)],
        deployments=deployments,
        settings=settings,
    )


def counted(deployments: list[Deployment], settings: Settings) -> set[str]:
    outcomes = link(history(deployments, settings)).outcomes
    return {key for key, one in outcomes.items() if one.outcome is not None and one.environment == "production"}


EVERY_SOURCE = [
    success("deployment:1", 1),
    success("workflow_run:2", 2, source="workflow", workflow="Deploy", job=None),
    success("workflow_run:3", 3, source="workflow", workflow="Test"),
    success("pipeline:4:deploy", 4, source="workflow", job="deploy"),
    success("release:5", 5, source="release", ref="refs/tags/v1"),
]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), {"deployment:1"}),
        (Settings("workflow", workflows=["deploy"]), {"workflow_run:2", "pipeline:4:deploy"}),
        (Settings("workflow"), set()),
        (Settings("release"), {"release:5"}),
    ],
)
def test_only_one_source_counts(settings: Settings, expected: set[str]) -> None:
    assert counted(EVERY_SOURCE, settings) == expected


def test_a_service_may_have_a_source_of_its_own() -> None:
    settings = Settings(services=[Service("api", source="release", tags=["v*"]), Service("web", workflows=["deploy*"])])
    assert counted(EVERY_SOURCE, settings) == {"deployment:1", "release:5"}


def test_of_what_does_not_count_nothing_is_said_in_notes_evidence_or_shipping() -> None:
    failed = success("workflow_run:2", 2, source="workflow", workflow="Test")._replace(
        first_failed_at=START, status="failed"
    )
    links = link(history([failed], Settings()))
    assert not links.shipped
    assert not links.evidence
    assert not links.notes


def test_settings_name_the_production_environments_that_count() -> None:
    both = [
        success("deployment:1", 1, environment_name="prod-eu"),
        success("deployment:2", 2, environment_name="prod-us"),
    ]
    assert counted(both, Settings()) == {"deployment:1", "deployment:2"}
    links = link(history(both, Settings(counted_environments=["prod-us"])))
    assert [links.outcomes[key].outcome for key in ("deployment:1", "deployment:2")] == [None, "succeeded"]
    assert {row.deployment_key for row in links.shipped} == {"deployment:2"}
    assert {note.kind for note in links.notes} == {"environment_left_out"}


def test_environments_that_count_leave_out_no_release_and_no_workflow() -> None:
    """They have no environment of their own; a job has one."""
    releases = Settings("release", counted_environments=["prod-eu"])
    assert counted(EVERY_SOURCE, releases) == {"release:5"}
    workflows = Settings("workflow", workflows=["deploy"], counted_environments=["prod-eu"])
    assert counted(EVERY_SOURCE, workflows) == {"workflow_run:2"}


def test_a_changed_class_takes_a_deployment_out_of_production_and_back() -> None:
    one = [success("deployment:1", 1, environment_name="harbor", environment_told="staging")]
    assert counted(one, Settings()) == set()
    assert counted(one, Settings(environments={"HARBOR": "production"})) == {"deployment:1"}


def test_two_services_deployed_from_one_sha_each_ship_the_change_and_it_counts_once() -> None:
    both = [
        success("deployment:1", 2, environment_name="production-api"),
        success("deployment:2", 1, environment_name="production-web"),
    ]
    links = link(history(both, Settings(services=[Service("api"), Service("web")])))
    assert {(row.service, row.deployment_key, row.earliest) for row in links.shipped} == {
        ("api", "deployment:1", False),
        ("web", "deployment:2", True),
    }


def test_a_rollback_of_one_service_says_nothing_of_another() -> None:
    """V1 and V2 of web between V1, V2 of api: no chain sees the other's."""
    line = [
        success("deployment:1", 1, named_service="api"),
        success("deployment:2", 2, named_service="web")._replace(sha="c2"),
        success("deployment:3", 3, named_service="api"),
    ]
    links = link(history(line, Settings(services=[Service("api"), Service("web")])))
    assert not any(one.rollback for one in links.outcomes.values())


@given(histories(), settings_of_a_repository, st.integers())
def test_settings_and_facts_in_any_order_give_the_same_links(told: History, settings: Settings, seed: int) -> None:
    """What was linked under other settings before leaves no trace."""
    fresh = link(told._replace(settings=settings))
    before = link(told).outcomes
    again = [one._replace(stored=before[one.key]) for one in told.deployments]
    assert link(shuffle(told._replace(settings=settings, deployments=again), Random(seed))) == fresh
