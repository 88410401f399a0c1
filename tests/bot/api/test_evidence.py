"""GET .../metrics/{metric}/evidence"""

from typing import Any

import pytest

from bot.api.openapi import PAGE_PARAMETERS, document
from bot.api.question import PARAMETERS
from reports.explanation import TOTALS
from reports.numbers import METRICS
from tests.bot.api.conftest import WEEK, Ask
from tests.bot.api.test_openapi import validate

TEAM = "/api/v1/teams/platform/metrics"
REPOSITORY = "/api/v1/repositories/github/acme/api/metrics"


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.usefixtures("company")
async def test_every_number_of_the_report_is_explained_by_its_items(ask: Ask, metric: str) -> None:
    for address, schema in ((TEAM, "TeamEvidence"), (REPOSITORY, "RepositoryEvidence")):
        _, report = await ask(f"{address}?{WEEK}")
        status, answer = await ask(f"{address}/{metric}/evidence?{WEEK}")
        assert status == 200
        validate(answer, schema)
        assert answer["metric"] == metric
        assert answer["definition"] == METRICS[metric].DEFINITION
        assert answer["number"] == report[metric]
        assert answer["window"] == report["window"]
        assert len(answer["items"]) == answer["total"]
        # The company never rolled anything back.
        assert bool(answer["items"]) == (metric != "rework_rate")
        assert answer["next_page"] is None


def test_every_metric_knows_how_many_items_it_has() -> None:
    assert list(TOTALS) == list(METRICS)


@pytest.mark.usefixtures("company")
async def test_a_median_can_be_computed_again_from_the_items(ask: Ask) -> None:
    _, answer = await ask(f"{TEAM}/lead_time/evidence?{WEEK}")
    assert answer["number"]["p50_seconds"] == 4 * 3600.0
    assert [item["seconds"] for item in answer["items"]] == [4 * 3600.0] * 2
    assert answer["items"][0]["at"].endswith("+01:00")


@pytest.mark.usefixtures("company")
async def test_the_stages_of_a_pull_request_add_up_to_its_cycle_time(ask: Ask) -> None:
    _, answer = await ask(f"{TEAM}/pull_requests/evidence?{WEEK}")
    for item in answer["items"]:
        assert sum(seconds for stage, seconds in item["parts"].items() if stage != "deploy") == item["seconds"]


@pytest.mark.usefixtures("company")
async def test_pages_hold_every_item_once(ask: Ask) -> None:
    _, whole = await ask(f"{TEAM}/deployment_frequency/evidence?{WEEK}")
    items: list[Any] = []
    page: int | None = 1
    while page is not None:
        _, answer = await ask(f"{TEAM}/deployment_frequency/evidence?{WEEK}&limit=3&page={page}")
        assert (answer["page"], answer["limit"], answer["total"]) == (page, 3, 4)
        items += answer["items"]
        page = answer["next_page"]
    assert items == whole["items"]


@pytest.mark.usefixtures("company")
async def test_a_page_after_the_last_is_empty(ask: Ask) -> None:
    status, answer = await ask(f"{TEAM}/lead_time/evidence?{WEEK}&page=9")
    assert (status, answer["items"], answer["next_page"]) == (200, [], None)


@pytest.mark.usefixtures("company")
async def test_only_one_service(ask: Ask) -> None:
    status, answer = await ask(f"{TEAM}/deployment_frequency/evidence?{WEEK}&service=search")
    assert (status, answer["total"], len(answer["items"])) == (200, 2, 2)
    status, answer = await ask(f"{TEAM}/deployment_frequency/evidence?{WEEK}&service=serch")
    assert (status, answer["error"]["code"]) == (404, "unknown_service")


@pytest.mark.usefixtures("company")
async def test_what_was_left_out_is_said_where_it_matters(ask: Ask) -> None:
    _, commits = await ask(f"{TEAM}/commits/evidence?{WEEK}")
    assert [one["kind"] for one in commits["data_quality"]] == ["lines_unknown"]
    _, lead_time = await ask(f"{TEAM}/lead_time/evidence?{WEEK}")
    assert lead_time["data_quality"] == []


@pytest.mark.usefixtures("company")
async def test_before_anything_was_tracked_there_is_nothing(ask: Ask) -> None:
    status, answer = await ask(f"{TEAM}/lead_time/evidence?from=2024-11-01&to=2024-11-05")
    assert (status, answer["items"], answer["total"]) == (200, [], 0)
    assert answer["data_quality"][0]["kind"] == "nothing_tracked"
    validate(answer, "TeamEvidence")


@pytest.mark.usefixtures("company")
async def test_an_unknown_metric_is_answered_with_similar_ones(ask: Ask) -> None:
    status, answer = await ask(f"{TEAM}/leed_time/evidence")
    assert (status, answer["error"]["code"]) == (404, "unknown_metric")
    assert "Did you mean lead_time" in answer["error"]["message"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "page=0", "page=-1", "page=%D9%A1", "limit="])
@pytest.mark.usefixtures("company")
async def test_an_impossible_page_is_refused_in_a_sentence(ask: Ask, query: str) -> None:
    status, answer = await ask(f"{TEAM}/lead_time/evidence?{query}")
    assert (status, answer["error"]["code"]) == (400, "unreadable_number")


@pytest.mark.usefixtures("company")
async def test_without_a_token_nothing_is_told(ask: Ask) -> None:
    status, _ = await ask(f"{TEAM}/lead_time/evidence", None)
    assert status == 401
    status, _ = await ask("/api/v1/teams/nobody/metrics/lead_time/evidence")
    assert status == 404
    status, _ = await ask("/api/v1/repositories/github/acme/none/metrics/lead_time/evidence")
    assert status == 404


def test_every_parameter_is_described() -> None:
    for path in (f"{TEAM.replace('platform', '{slug}')}", "/api/v1/repositories/{provider}/{path}/metrics"):
        operation = document()["paths"][f"{path}/{{metric}}/evidence"]["get"]
        in_query = [one["name"] for one in operation["parameters"] if one["in"] == "query"]
        assert in_query == [*PARAMETERS, *PAGE_PARAMETERS]
