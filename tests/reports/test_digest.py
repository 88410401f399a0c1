"""A team's week as its digest tells it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from reports.digest import Digest, Told, weekly_digest
from reports.scope import find_team
from tests.reports.filling import Filling, at, window

# A Monday; the digest is of the week from 2 to 8 November.
NOW = at("2026-11-09T09:00")
WEEK = at("2026-11-02T12:00")


async def digest(filling: Filling, told: Told | None = None, now: datetime = NOW) -> Digest:
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    return await weekly_digest(filling.connection, scope, now, told)


async def test_it_is_of_the_last_whole_week_in_the_teams_zone(filling: Filling) -> None:
    await filling.team(owns=(await filling.repository(),), timezone="Asia/Tokyo")
    told = await digest(filling, now=at("2026-11-08T15:00"))
    assert told.report.window == window("2026-11-01T15:00", "2026-11-08T15:00", "Asia/Tokyo")
    a_second_earlier = await digest(filling, now=at("2026-11-08T14:59:59"))
    assert a_second_earlier.report.window == window("2026-10-25T15:00", "2026-11-01T15:00", "Asia/Tokyo")


async def test_the_week_before_the_four_weeks_before_and_twelve_weeks_of_trend(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for weeks, deployments in enumerate((3, 2, 4, 4, 6, 9)):
        for _ in range(deployments):
            await filling.deployment(repository, WEEK - timedelta(weeks=weeks))
    told = await digest(filling)
    assert told.report.numbers.deployment_frequency.deployments == 3
    assert told.report.previous is not None
    assert told.report.previous.deployment_frequency.deployments == 2
    assert told.baseline is not None
    assert (told.baseline_weeks, told.baseline.deployment_frequency.deployments) == (4, 2 + 4 + 4 + 6)
    assert len(told.trend) == 12
    assert [week.deployments for week in told.trend[-6:]] == [9, 6, 4, 4, 2, 3]
    assert told.trend[-1].monday == date(2026, 11, 2)


async def test_weeks_that_were_not_tracked_whole_are_no_baseline(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=at("2026-10-20"))
    await filling.team(owns=(repository,))
    told = await digest(filling)
    assert (told.baseline, told.baseline_weeks) == (None, 1)
    assert [week.monday for week in told.trend] == [date(2026, 10, 26), date(2026, 11, 2)]


async def test_weeks_of_which_facts_are_gone_are_no_baseline_and_no_trend(filling: Filling) -> None:
    """Of a week from long ago, told again."""
    repository = await filling.repository(facts_since=at("2026-10-19"))
    await filling.team(owns=(repository,), timezone="Europe/Oslo")
    told = await digest(filling)
    assert (told.baseline, told.baseline_weeks) == (None, 1)
    assert [week.monday for week in told.trend] == [date(2026, 10, 26), date(2026, 11, 2)]
    long_ago = await digest(filling, now=at("2026-06-01T09:00"))
    assert (long_ago.baseline, long_ago.trend) == (None, ())


async def test_a_first_week_without_history_is_told_alone(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=at("2026-11-04"))
    await filling.team(owns=(repository,))
    await filling.deployment(repository, at("2026-11-05"))
    told = await digest(filling)
    assert (told.report.previous, told.baseline, told.trend, told.change) == (None, None, (), None)
    assert not told.quiet


async def test_a_week_without_a_deployment_is_quiet_and_the_next_one_quiet_again(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    await filling.deployment(repository, WEEK)
    assert not (await digest(filling)).quiet
    first = await digest(filling, now=NOW + timedelta(weeks=1))
    assert (first.quiet, first.quiet_again) == (True, False)
    second = await digest(filling, now=NOW + timedelta(weeks=2))
    assert (second.quiet, second.quiet_again) == (True, True)


async def test_what_changed_most_names_the_stage_and_the_slowest_pull_requests(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for weeks, review in ((0, 30), (1, 2), (2, 2)):
        for _ in range(6):
            moment = WEEK - timedelta(weeks=weeks)
            number = await filling.merged(repository, moment, coding=1, pickup=1, review=review, deploy=1)
            await filling.shipped(repository, moment, hours=3 + review, key=str(number))
    told = await digest(filling)
    assert told.change is not None
    assert (told.change.metric, told.change.grew) == ("lead_time", True)
    assert told.change.part is not None
    assert (told.change.part.name, told.change.part.now, told.change.part.before) == ("review", 30 * 3600, 2 * 3600)
    assert len(told.change.examples) == 2


async def test_more_deployments_are_put_down_to_the_repository_they_come_from(filling: Filling) -> None:
    api, web = await filling.repository("acme/api"), await filling.repository("acme/web")
    await filling.team(owns=(api, web))
    for weeks in range(5):
        for _ in range(2):
            await filling.deployment(web, WEEK - timedelta(weeks=weeks))
    for _ in range(8):
        await filling.deployment(api, WEEK)
    told = await digest(filling)
    assert told.change is not None
    assert told.change.metric == "deployment_frequency"
    assert told.change.part is not None
    assert (told.change.part.name, told.change.part.now, told.change.part.before) == ("acme/api", 8, 0)


async def test_too_little_or_too_small_a_change_is_none(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for weeks in range(5):
        for _ in range(6 if weeks else 7):
            await filling.deployment(repository, WEEK - timedelta(weeks=weeks))
    assert (await digest(filling)).change is None


async def test_failures_come_with_their_reason_and_recovery_open_ones_first(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for hours in (1, 3, 2):
        key = await filling.failure(repository, WEEK, WEEK + timedelta(hours=hours))
    await filling.evidence(repository, key, "rollback")
    await filling.failure(repository, WEEK, None)
    await filling.failure(repository, WEEK - timedelta(weeks=1), None)
    told = await digest(filling)
    assert [failure.recovery_seconds for failure in told.failures] == [None, 3 * 3600, 2 * 3600]
    assert [failure.reason for failure in told.failures] == ["", "", "rollback"]
    assert told.report.numbers.change_failure_rate.failed == 4


async def test_three_of_those_waiting_now_are_named(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    numbers = [await filling.pull_request(repository, WEEK + timedelta(hours=hour)) for hour in range(5)]
    await filling.pull_request(repository, WEEK - timedelta(days=9), first_review_at=at("2026-11-09T08:00"))
    told = await digest(filling)
    assert [one.number for one in told.waiting] == numbers[:3]
    assert told.waiting_count == 5
    assert told.waiting[0].waiting_seconds == (NOW - WEEK).total_seconds()


async def test_what_late_data_changed_of_a_week_told_before_is_known(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    await filling.deployment(repository, WEEK)
    told = (await digest(filling)).told
    assert (told.deployments, told.failed, told.changes) == (1, 0, 0)
    assert (await digest(filling, told, NOW + timedelta(weeks=1))).restated is None
    await filling.deployment(repository, WEEK, "failed")
    later = await digest(filling, told, NOW + timedelta(weeks=1))
    assert later.restated == (told, replace(told, deployments=2, failed=1))
