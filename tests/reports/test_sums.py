"""Windows longer than facts are kept: real retention, and numbers worked out by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from reports.period import parse_period
from reports.report import DeploymentFrequency, Report, Window
from reports.scope import find_team
from reports.sums import nearest_monday, nearest_month
from reports.team_report import team_report
from reports.windows import days_window
from storage.aggregates import refresh
from storage.facts import write_records
from storage.linking import relink
from storage.records import Record
from storage.retention import Periods, run_retention
from tests.reports.filling import Filling, at, window
from tests.storage.telling import deployed, know_long, pushed, repository

NOW = at("2026-11-12T09:00")
# The Monday before 731 days ago.
FACTS_SINCE = at("2024-11-11")
# Every fourth week since then there is a push of two commits, that fails to deploy, and a day later is deployed.
FIRST = datetime(2023, 1, 2, 9, tzinfo=UTC)
STORIES = 50


@pytest.fixture
async def kept(engine: AsyncEngine, organization_id: UUID) -> AsyncEngine:
    """What is left of almost four years: 25 stories before facts begin, 25 after."""
    key, before = repository("1").key, ""
    told: list[Record] = [repository("1")]
    for number in range(STORIES):
        day = FIRST + timedelta(weeks=4 * number)
        shas = [f"{number:039x}{part}" for part in "ab"]
        told += pushed(key, day, before, shas)
        before = shas[-1]
        told += deployed(key, number * 2, day + timedelta(hours=1), before, "failed")
        told += deployed(key, number * 2 + 1, day + timedelta(days=1), before, "success")
    async with engine.begin() as connection:
        touched = await write_records(connection, organization_id, told)
        await connection.execute(sa.text("UPDATE repositories SET first_event_at = :first"), {"first": FIRST})
        await know_long(connection)
        weeks = await relink(connection, touched.repositories)
        await refresh(connection, touched.commit_days, touched.deployment_weeks | weeks)
        [repository_id] = touched.repositories
        await Filling(connection, organization_id).team(owns=(repository_id,))
    return engine


async def ask(engine: AsyncEngine, organization_id: UUID, window: Window, service: str | None = None) -> Report:
    async with engine.connect() as connection:
        scope = await find_team(connection, organization_id, "platform")
        assert scope is not None
        if service is not None:
            services = tuple((repository_id, service) for repository_id in scope.sources.repository_ids)
            scope = replace(scope, sources=replace(scope.sources, services=services))
        return await team_report(connection, scope, window, NOW)


def said(report: Report) -> dict[str, str]:
    return {one.kind: one.text for one in report.data_quality}


def counts(report: Report) -> tuple[int, int, int]:
    numbers = report.numbers
    deployments = numbers.deployment_frequency
    assert numbers.change_failure_rate.deployments == deployments.deployments
    assert deployments.succeeded == deployments.deployments - numbers.change_failure_rate.failed
    return deployments.deployments, numbers.change_failure_rate.failed, numbers.commits.count


async def test_three_years_count_the_same_before_and_after_facts_are_gone(
    kept: AsyncEngine, organization_id: UUID
) -> None:
    window = parse_period("3y", "UTC", NOW)
    assert window.start == at("2023-11-13")
    before = await ask(kept, organization_id, window)
    # From 2023-12-04, the 13th story, to 2026-10-05, the 50th: 38 stories.
    assert counts(before) == (76, 38, 76)
    assert before.numbers.lead_time.n == 76
    await run_retention(kept, Periods(), NOW)
    after = await ask(kept, organization_id, window)
    # Commits are of whole months: with the two of 2023-11-06.
    assert counts(after) == (76, 38, 78)
    assert after.numbers.deployment_frequency.per_day == 76 / window.days
    assert after.numbers.change_failure_rate.ratio == 0.5
    # From 2024-12-02, the 26th story: 25 stories.
    assert after.numbers.lead_time.n == 50
    assert after.numbers.recovery_time.n == 25
    assert after.numbers.rework_rate.deployments == 50
    assert said(after)["weekly_sums"] == (
        "Before 2024-11-11 from weekly UTC sums: only deployments, failures and (by months) commits; "
        "all else is since then."
    )
    assert after.previous is None


@pytest.mark.parametrize(("words", "stories"), [("12m", 12), ("24m", 25)])
async def test_two_years_are_counted_from_facts(
    kept: AsyncEngine, organization_id: UUID, words: str, stories: int
) -> None:
    window = parse_period(words, "Europe/Berlin", NOW)
    before = await ask(kept, organization_id, window)
    await run_retention(kept, Periods(), NOW)
    after = await ask(kept, organization_id, window)
    assert counts(after) == (2 * stories, stories, 2 * stories)
    assert (after.numbers.lead_time, after.numbers.recovery_time) == (
        before.numbers.lead_time,
        before.numbers.recovery_time,
    )
    assert "weekly_sums" not in said(after)
    # Half of the two years before them is gone.
    assert (after.previous is None) == (words == "24m")


async def test_a_window_of_sums_alone_has_no_other_number(kept: AsyncEngine, organization_id: UUID) -> None:
    await run_retention(kept, Periods(), NOW)
    told = await ask(kept, organization_id, days_window(FIRST.date(), at("2023-07-01").date(), "America/New_York"))
    # 2 Jan, 30 Jan, 27 Feb, 27 Mar, 24 Apr, 22 May, 19 Jun
    assert counts(told) == (14, 7, 14)
    assert told.numbers.lead_time.n == 0
    assert told.numbers.rework_rate.ratio is None
    assert said(told)["sums_only"].endswith("only deployments, failures and (by months) commits.")


async def test_of_a_service_a_window_has_facts_only_and_older_commits_that_nobody_knows_the_files_of(
    kept: AsyncEngine, organization_id: UUID
) -> None:
    await run_retention(kept, Periods(), NOW)
    told = await ask(kept, organization_id, parse_period("3y", "UTC", NOW), service="api")
    assert told.window.start == FACTS_SINCE
    assert said(told)["window_cut"].startswith("What is kept begins on 2024-11-11: the window starts there")
    # No deployment is of that service.
    assert counts(told) == (0, 0, 50)
    assert "are counted by days of UTC: one by one" in said(told)["commits_by_day"]


async def test_a_week_of_sums_without_a_deployment_is_a_zero_and_a_day_has_none(
    kept: AsyncEngine, organization_id: UUID
) -> None:
    await run_retention(kept, Periods(), NOW)
    week = await ask(kept, organization_id, window("2023-05-01", "2023-05-08"))
    assert week.numbers.deployment_frequency == DeploymentFrequency(0, 0, 0.0)
    assert said(week)["sums_only"].endswith("and (by months) commits; this window is no month, and has none of these.")
    day = await ask(kept, organization_id, window("2023-05-22", "2023-05-23"))
    assert day.numbers.deployment_frequency == DeploymentFrequency(0, 0, None)


async def test_a_recovery_within_two_years_counts_however_old_the_failure(
    kept: AsyncEngine, organization_id: UUID
) -> None:
    failed_at = at("2024-10-07T10:05")
    later = failed_at + timedelta(days=731 + 8)
    await run_retention(kept, Periods(), later - timedelta(days=30))
    async with kept.begin() as connection:
        late = sa.text("UPDATE deployments SET recovered_at = :at WHERE failed_at = :failed_at AND frozen")
        await connection.execute(late, {"failed_at": failed_at, "at": failed_at + timedelta(days=9)})
    since_then = days_window(at("2024-10-14").date(), at("2024-11-04").date(), "UTC")
    counted = (await ask(kept, organization_id, since_then)).numbers
    assert counted.recovery_time.n == 1
    await run_retention(kept, Periods(), later)
    assert (await ask(kept, organization_id, since_then)).numbers == counted


async def test_a_window_from_before_the_weeks_that_are_kept_is_cut(kept: AsyncEngine, organization_id: UUID) -> None:
    await run_retention(kept, Periods(weekly_days=1096), NOW)
    told = await ask(kept, organization_id, parse_period("5y", "UTC", NOW))
    assert told.window.start == at("2023-11-06")
    assert counts(told) == (78, 39, 78)
    assert said(told)["window_cut"].startswith("What is kept begins on 2023-11-06: the window starts there")


@pytest.mark.parametrize(
    ("moment", "monday", "month"),
    [
        ("2024-11-11", "2024-11-11", "2024-11-01"),
        ("2024-11-14T11:59", "2024-11-11", "2024-11-01"),
        ("2024-11-14T12:00", "2024-11-18", "2024-11-01"),
        ("2024-11-16", "2024-11-18", "2024-12-01"),
        ("2024-12-31T23:59", "2024-12-30", "2025-01-01"),
    ],
)
def test_the_weeks_and_months_nearest_to_a_window(moment: str, monday: str, month: str) -> None:
    assert (nearest_monday(at(moment)), nearest_month(at(moment))) == (at(monday), at(month))
