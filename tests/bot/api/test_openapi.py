"""The description of the API is true: real answers are valid by it."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bot.api.openapi import ERRORS, document
from bot.api.question import PARAMETERS
from bot.commands.registry import all_commands
from tests.bot.api.conftest import WEEK, Ask, Client

TEAM = "/api/v1/teams/{slug}/metrics"
REPOSITORY = "/api/v1/repositories/{provider}/{path}/metrics"


def validate(answer: Any, name: str) -> None:
    described = document()
    # The references in the document are within the document: it is the schema's own root.
    schema = {"$ref": f"#/components/schemas/{name}", "components": described["components"]}
    Draft202012Validator.check_schema(schema)
    errors = [
        error.message for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(answer)
    ]
    assert errors == []


@pytest.mark.usefixtures("company")
async def test_real_answers_are_valid(ask: Ask) -> None:
    for address, name in (
        (f"/api/v1/teams/platform/metrics?{WEEK}", "TeamMetrics"),
        ("/api/v1/teams/platform/metrics?from=2024-12-25&to=2025-01-05", "TeamMetrics"),
        ("/api/v1/teams/platform/metrics?from=2024-11-01&to=2024-11-05", "TeamMetrics"),
        (f"/api/v1/repositories/github/acme/api/metrics?{WEEK}", "RepositoryMetrics"),
        (f"/api/v1/repositories/gitlab/group/sub/web/metrics?{WEEK}", "RepositoryMetrics"),
    ):
        status, answer = await ask(address)
        assert status == 200
        validate(answer, name)


async def test_real_errors_are_valid(ask: Ask) -> None:
    for address, token, expected in (
        ("/api/v1/teams/nobody/metrics", "dm_test", 404),
        ("/api/v1/teams/nobody/metrics", "wrong", 401),
        ("/api/v1/nothing", "dm_test", 404),
    ):
        status, answer = await ask(address, token)
        assert status == expected
        validate(answer, "Error")


@pytest.mark.usefixtures("company")
async def test_what_is_not_described_is_not_valid(ask: Ask) -> None:
    _, answer = await ask(f"/api/v1/teams/platform/metrics?{WEEK}")
    with pytest.raises(AssertionError):
        validate({**answer, "surprise": 1}, "TeamMetrics")
    with pytest.raises(AssertionError):
        validate({key: value for key, value in answer.items() if key != "commits"}, "TeamMetrics")


async def test_the_document_needs_no_token(client: Client) -> None:
    response = await client.get("/api/v1/openapi.json")
    assert response.status == 200
    assert await response.json() == document()


async def test_other_methods_are_refused_in_the_same_form(client: Client) -> None:
    response = await client.post("/api/v1/teams/platform/metrics")
    assert response.status == 405
    validate(await response.json(), "Error")


def test_every_parameter_and_status_is_described() -> None:
    for path in (TEAM, REPOSITORY):
        operation = document()["paths"][path]["get"]
        in_query = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
        assert in_query == list(PARAMETERS)
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert all(f"{{{name}}}" in path for name in in_path)
        assert set(operation["responses"]) == {"200", *ERRORS}


def test_definitions_are_printed_with_the_numbers() -> None:
    properties = document()["components"]["schemas"]["TeamMetrics"]["properties"]
    assert "first commit of a change" in properties["lead_time"]["description"]
    assert properties["lead_time"]["$ref"] == "#/components/schemas/LeadTime"


def test_numbers_are_of_teams_and_repositories_only() -> None:
    """There is no address at which the numbers of a person could be asked, and no number has one's name beside it."""
    paths = [path for path in document()["paths"] if path.startswith("/api/")]
    assert paths
    assert all(path.startswith((TEAM, REPOSITORY)) for path in paths)
    assert not set(PARAMETERS) & {"author", "developer", "person", "user"}
    named = {*all_commands()["team"].usage.split(), *all_commands()["repo"].usage.split()}
    assert not named & {"<person>", "<user>", "<developer>"}
