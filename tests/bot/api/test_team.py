"""GET /api/v1/teams/{slug}/metrics"""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.bot.api.conftest import WEEK, Ask
from tests.reports.filling import Filling, at

PLATFORM = "/api/v1/teams/platform/metrics"


@pytest.mark.usefixtures("company")
async def test_the_numbers_of_a_week_and_of_the_one_before(ask: Ask) -> None:
    status, answer = await ask(f"{PLATFORM}?{WEEK}")
    assert status == 200
    assert answer["team"] == {"slug": "platform", "name": "Platform Team"}
    assert answer["window"] == {
        "from": "2026-11-02T00:00:00+01:00",
        "to": "2026-11-09T00:00:00+01:00",
        "timezone": "Europe/Berlin",
        "days": 7.0,
    }
    assert answer["deployment_frequency"] == {"deployments": 4, "succeeded": 2, "per_day": 4 / 7}
    assert answer["lead_time"]["p50_seconds"] == 4 * 3600.0
    assert answer["change_failure_rate"] == {"failed": 2, "deployments": 4, "ratio": 0.5}
    assert answer["recovery_time"] == {"p50_seconds": None, "p90_seconds": None, "n": 0, "open": 3}
    assert answer["pull_requests"]["stages"]["deploy"] == {"p50_seconds": 7200.0, "p90_seconds": 7200.0, "n": 2}
    assert [one["kind"] for one in answer["data_quality"]] == ["lines_unknown"]
    previous = answer["previous"]
    assert previous["deployment_frequency"]["deployments"] == 2
    assert previous["window"]["to"] == answer["window"]["from"]
    assert "previous" not in previous


@pytest.mark.usefixtures("company")
async def test_the_zone_of_the_question_wins(ask: Ask) -> None:
    status, answer = await ask(f"{PLATFORM}?{WEEK}&tz=America/New_York")
    assert (status, answer["window"]["from"]) == (200, "2026-11-02T00:00:00-05:00")


@pytest.mark.usefixtures("company")
async def test_one_service_only(ask: Ask) -> None:
    status, answer = await ask(f"{PLATFORM}?{WEEK}&service=search")
    assert (status, answer["deployment_frequency"]["deployments"]) == (200, 2)
    status, answer = await ask(f"{PLATFORM}?{WEEK}&service=serch")
    assert (status, answer["error"]["code"]) == (404, "unknown_service")
    assert "search" in answer["error"]["message"]


@pytest.mark.usefixtures("company")
async def test_without_a_window_the_last_thirty_days(ask: Ask) -> None:
    status, answer = await ask(PLATFORM)
    assert (status, answer["window"]["days"]) == (200, 30.0)


@pytest.mark.usefixtures("company")
async def test_an_unknown_team_is_answered_with_similar_ones(ask: Ask) -> None:
    status, answer = await ask("/api/v1/teams/platfrom/metrics")
    assert status == 404
    assert answer["error"] == {
        "code": "unknown_team",
        "message": "There is no team 'platfrom'. Did you mean platform?",
    }


@pytest.mark.parametrize("slug", ["%00", "%ED%A0%80", "a%20b", "%2e%2e", "x" * 5000])
async def test_hostile_names_are_unknown_teams(ask: Ask, slug: str) -> None:
    status, answer = await ask(f"/api/v1/teams/{slug}/metrics")
    assert status == 404
    assert set(answer["error"]) == {"code", "message"}
    assert len(answer["error"]["message"]) < 300


async def test_a_team_whose_window_was_cut_has_no_window_before(
    ask: Ask, engine: AsyncEngine, organization_id: UUID
) -> None:
    async with engine.begin() as connection:
        filling = Filling(connection, organization_id)
        await filling.team("new", owns=(await filling.repository(tracked_since=at("2026-11-05T10:00")),))
    status, answer = await ask(f"/api/v1/teams/new/metrics?{WEEK}")
    assert status == 200
    assert answer["previous"] is None
    assert (answer["window"]["from"], answer["window"]["days"]) == ("2026-11-05T00:00:00+00:00", 4.0)
    assert answer["data_quality"][0]["kind"] == "window_cut"
