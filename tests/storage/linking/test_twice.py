"""One deployment that two tools tell is found, and nothing that one tool did twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.linking.history import Deployment
from storage.linking.twice import find_told_twice

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)


def deployed(key: str, minutes: float, sha: str | None = "a1", **more: Any) -> Deployment:
    at = NINE + timedelta(minutes=minutes)
    return Deployment(key, at, sha=sha, finished_at=at, **more)


@pytest.mark.parametrize(
    ("deployments", "told_twice"),
    [
        ([("deployment:1", 0), ("deployment:7:jenkins", 3)], ["deployment:7:jenkins"]),
        ([("deployment:7:jenkins", 0), ("deployment:1", 10)], ["deployment:1"]),
        ([("deployment:7:jenkins", 0), ("deployment:8:spinnaker", 1)], ["deployment:8:spinnaker"]),
        # Deployed anew, and told by both again.
        (
            [("deployment:1", 0), ("deployment:2", 1), ("deployment:7:jenkins", 2), ("deployment:8:jenkins", 3)],
            ["deployment:7:jenkins", "deployment:8:jenkins"],
        ),
        ([("deployment:1", 0), ("deployment:7:jenkins", 1), ("deployment:2", 2)], ["deployment:7:jenkins"]),
        ([("deployment:1", 0), ("deployment:7:jenkins", 10.1)], []),
        ([("deployment:1", 0), ("deployment:2", 1)], []),
        ([("pipeline:1:deploy", 0), ("pipeline:2:deploy", 1)], []),
    ],
)
def test_each_pair_is_found_once_in_any_order(deployments: list[tuple[str, float]], told_twice: list[str]) -> None:
    every = [deployed(*one) for one in deployments]
    for order in (every, every[::-1]):
        assert [one.key for _, one in find_told_twice(order)] == told_twice


def test_other_commits_and_unknown_ones_are_no_pair() -> None:
    assert not list(find_told_twice([deployed("deployment:1", 0), deployed("deployment:7:jenkins", 1, "b2")]))
    assert not list(find_told_twice([deployed("deployment:1", 0, None), deployed("deployment:7:jenkins", 1, None)]))


@pytest.mark.parametrize(
    ("provider", "tool", "same"),
    [
        ("Production", "prod", True),
        ("prod-eu", "eu/live", True),
        ("production2", "prod 2", True),
        ("prod-eu", "prod-us", False),
        ("production", "prod-eu", False),
        ("prod-1", "prod-2", False),
        ("prod-\u6771\u4eac", "prod-\u5927\u962a", False),
    ],
)
def test_each_tool_has_its_own_words_for_an_environment(provider: str, tool: str, same: bool) -> None:
    both = [
        deployed("deployment:1", 0, environment_name=provider),
        deployed("deployment:7:jenkins", 1, environment_name=tool),
    ]
    assert bool(list(find_told_twice(both))) is same


def test_two_services_are_no_pair() -> None:
    assert not list(
        find_told_twice(
            [deployed("deployment:1", 0, service="api"), deployed("deployment:7:jenkins", 1, service="web")]
        )
    )
