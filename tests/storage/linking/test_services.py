"""Which service a deployment is of: told, by rule, by the service's name; never guessed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from storage.linking.history import Deployment
from storage.linking.services import service_of
from storage.linking.settings import Service

AT = datetime(2026, 3, 2, tzinfo=UTC)
API, WEB, GATEWAY = Service("api"), Service("web"), Service("api-gateway")


def told(**more: Any) -> Deployment:
    return Deployment("deployment:1", AT, **more)


def named(deployment: Deployment, *services: Service) -> str | None:
    service = service_of(deployment, services)
    return service.name if service is not None else None


def test_a_repository_without_services_has_none_whatever_its_environments_are_called() -> None:
    assert named(told(environment_name="production-api", named_service="api")) is None


@pytest.mark.parametrize(
    "says",
    [
        {"environment_name": "production-api"},
        {"environment_name": "Api/Production"},
        {"environment_name": "api_prod"},
        {"environment_name": "eu-production-api"},
        {"task": "deploy:api"},
        {"ref": "refs/tags/api-v1.2.0"},
        {"ref": "refs/tags/api/1.2.0"},
        {"named_service": "API"},
    ],
)
def test_a_service_without_rules_is_known_by_its_name(says: dict[str, Any]) -> None:
    assert named(told(**says), WEB, API) == "api"


@pytest.mark.parametrize(
    "says",
    [
        {"environment_name": "production"},
        {"environment_name": "production-api-eu"},
        {"environment_name": "production-rapid"},
        {"environment_name": "api"},
        {"ref": "api-fix"},
        {"named_service": "billing"},
    ],
)
def test_what_only_resembles_a_name_is_of_no_service(says: dict[str, Any]) -> None:
    assert named(told(**says), WEB, API) is None


def test_the_longer_of_two_names_is_meant() -> None:
    assert named(told(environment_name="production-api-gateway"), API, GATEWAY) == "api-gateway"


def test_rules_are_stronger_than_names_and_what_is_said_most_exactly_wins() -> None:
    everything = Service("everything", environments=["prod*"])
    europe = Service("europe", environments=["prod-eu"])
    assert named(told(environment_name="prod-api"), API, everything) == "everything"
    assert named(told(environment_name="prod-eu"), everything, europe) == "europe"


def test_a_service_with_rules_is_not_known_by_its_name() -> None:
    by_job = Service("api", workflows=["ship the api"])
    assert named(told(environment_name="production-api"), by_job) is None
    assert named(told(job="Ship the API"), by_job) == "api"
    assert named(told(workflow="ship the api"), by_job) == "api"
    assert named(told(ref="refs/tags/core-2"), Service("core", tags=["core-*"])) == "core"


def test_what_the_deployment_says_itself_is_stronger_than_rules() -> None:
    assert named(told(environment_name="prod-eu", named_service="web"), Service("eu", ["prod-eu"]), WEB) == "web"
