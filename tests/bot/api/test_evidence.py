"""GET .../metrics/{metric}/evidence"""

import base64
import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.api.openapi import PAGE_PARAMETERS, document
from bot.api.question import PARAMETERS
from reports.explanation import TOTALS
from reports.numbers import METRICS
from storage.models.repositories import Repository
from tests.bot.api.conftest import WEEK, Ask
from tests.bot.api.test_openapi import validate
from tests.reports.filling import Filling, at

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
        assert answer["items"]
        assert answer["next"] is None


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


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.usefixtures("company")
async def test_pages_hold_every_item_once_and_go_on_where_the_last_one_ended(ask: Ask, metric: str) -> None:
    _, whole = await ask(f"{TEAM}/{metric}/evidence?{WEEK}")
    items: list[Any] = []
    address: str | None = f"{TEAM}/{metric}/evidence?{WEEK}&limit=1"
    moments = set()
    while address is not None:
        _, answer = await ask(address)
        assert (answer["total"], answer["changed"]) == (whole["total"], False)
        items += answer["items"]
        moments.add(answer["as_of"])
        address = answer["next"]
    assert items == whole["items"]
    assert len(items) == whole["total"]
    assert len(moments) == 1


@pytest.mark.usefixtures("company")
async def test_what_comes_in_between_two_pages_moves_nothing_and_is_said(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    _, first = await ask(f"{TEAM}/deployment_frequency/evidence?{WEEK}&limit=2")
    async with engine.begin() as connection:
        found = await connection.scalar(sa.select(Repository.id).where(Repository.path == "acme/api"))
        assert found is not None
        await Filling(connection, organization_id).deployment(found, at("2026-11-08"), provider_key="deployment:new")
    _, second = await ask(first["next"])
    subjects = [item["subject"] for item in first["items"] + second["items"]]
    assert len(set(subjects)) == 4
    assert "deployment:new" not in subjects
    assert (second["changed"], second["as_of"]) == (True, first["as_of"])


BEFORE_ALL_TIME = json.dumps(["0001-01-01T00:00:00+00:00", 1, "2026-11-03T00:00:00+00:00", "0" * 32, "key"])


@pytest.mark.parametrize(
    "after",
    ["", "x", "W10", "bnVsbA", "WzEsMiwzLDQsNV0", "%00", base64.urlsafe_b64encode(BEFORE_ALL_TIME.encode()).decode()],
)
@pytest.mark.usefixtures("company")
async def test_a_page_that_no_answer_named_is_refused(ask: Ask, after: str) -> None:
    status, answer = await ask(f"{TEAM}/lead_time/evidence?after={after}")
    assert (status, answer["error"]["code"]) == (400, "unreadable_cursor")


@pytest.mark.usefixtures("company")
async def test_failed_and_other_deployments_come_with_their_evidence(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        found = await connection.scalar(sa.select(Repository.id).where(Repository.path == "acme/api"))
        assert found is not None
        filling = Filling(connection, organization_id)
        key = await filling.deployment(found, at("2026-11-08"), "failed")
        await filling.evidence(found, key, "incident", decides=False)
        await filling.evidence(found, key, "rollback")
    for metric in ("change_failure_rate", "rework_rate", "deployment_frequency"):
        _, answer = await ask(f"{TEAM}/{metric}/evidence?{WEEK}")
        newest = answer["items"][0]
        assert newest["subject"] == key
        assert [(one["kind"], one["source"], one["decides"]) for one in newest["chain"]] == [
            ("rollback", "rollback:1", True),
            ("incident", "incident:1", False),
        ]
        assert len(answer["items"]) == answer["number"]["deployments"]


@pytest.mark.usefixtures("company")
async def test_what_is_left_out_is_listed_one_by_one(ask: Ask, engine: AsyncEngine, organization_id: UUID) -> None:
    async with engine.begin() as connection:
        found = await connection.scalar(sa.select(Repository.id).where(Repository.path == "acme/api"))
        assert found is not None
        commits_url = "https://github.com/acme/api/commit/"
        await connection.execute(sa.update(Repository).values(commits_url=commits_url))
        filling = Filling(connection, organization_id)
        await filling.merged(found, at("2026-11-05"), is_bot=True)
        await filling.merged(found, at("2026-11-05"), is_change=False)
        await filling.commit(found, at("2026-11-05"), is_bot=True, lines_added=1)
        for kind in ("negative_lead_time", "canceled"):
            await filling.note(found, kind, at("2026-11-06"))
        await filling.change(found, at("2026-11-06"), "99", old_commits_left_out=3)
    for metric in METRICS:
        items: list[Any] = []
        address: str | None = f"{TEAM}/{metric}/evidence?{WEEK}&left_out=true&limit=2"
        while address is not None:
            status, answer = await ask(address)
            assert status == 200
            validate(answer, "TeamEvidence")
            items += answer["items"]
            address = answer["next"]
        counted = Counter(item["counted_as"] for item in items)
        assert {item["url"] is not None for item in items if item["subject"].startswith("commit:")} <= {True}
        assert len(items) == answer["total"]
        told = {one["kind"]: one["count"] for one in answer["data_quality"]}
        # Three old commits of one change.
        assert counted | ({"old_commits": 3} if "old_commits" in counted else {}) == told, metric
        assert items


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


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "limit=-1", "limit=%D9%A1", "limit=", "left_out=1"]
)
@pytest.mark.usefixtures("company")
async def test_an_impossible_page_is_refused_in_a_sentence(ask: Ask, query: str) -> None:
    status, answer = await ask(f"{TEAM}/lead_time/evidence?{query}")
    assert (status, answer["error"]["code"]) == (400, "unreadable_flag" if "left" in query else "unreadable_number")


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
