"""A team's report: its numbers, what they are compared with, and what is said beside them."""

from datetime import datetime

import pytest

from reports.numbers import METRICS, NO_NUMBERS
from reports.period import parse_period
from reports.report import Numbers, Report, TeamSubject, Window
from reports.scope import find_team
from reports.sources import UnknownService
from reports.team_report import team_report
from tests.reports.filling import NOVEMBER_WEEK, Filling, at, window

NOW = at("2026-11-12T09:00")


async def report(
    filling: Filling, asked: Window = NOVEMBER_WEEK, service: str | None = None, now: datetime = NOW
) -> Report:
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    return await team_report(filling.connection, scope, asked, now, service)


def kinds(told: Report) -> list[str]:
    return [one.kind for one in told.data_quality]


async def test_all_numbers_with_those_of_the_window_before(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for moment in ("2026-11-03", "2026-11-04", "2026-10-27"):
        await filling.deployment(repository, at(moment))
        await filling.shipped(repository, at(moment), 4)
    told = await report(filling)
    assert told.subject == TeamSubject("platform", "Platform")
    assert told.window == NOVEMBER_WEEK
    assert told.previous_window == window("2026-10-26", "2026-11-02")
    assert told.previous is not None
    assert (told.numbers.deployment_frequency.deployments, told.previous.deployment_frequency.deployments) == (2, 1)
    assert (told.numbers.lead_time.n, told.previous.lead_time.n) == (2, 1)
    assert told.data_quality == ()


async def test_a_window_that_begins_before_tracking_is_cut_and_compared_with_nothing(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=at("2026-11-04T15:00"))
    await filling.team(owns=(repository,), timezone="Europe/Berlin")
    await filling.deployment(repository, at("2026-11-04T16:00"))
    asked = parse_period("2026-W45", "Europe/Berlin", NOW)
    told = await report(filling, asked)
    assert told.window == window("2026-11-03T23:00", "2026-11-08T23:00", "Europe/Berlin").__class__(
        at("2026-11-03T23:00"), at("2026-11-08T23:00"), "Europe/Berlin", 5, asked.start
    )
    assert told.numbers.deployment_frequency.per_day == 1 / 5
    assert (told.previous, told.previous_window) == (None, None)
    (remark,) = told.data_quality
    assert remark.kind == "window_cut"
    assert remark.text == "Tracking began on 2026-11-04: the window starts there, and there is nothing to compare with."


async def test_a_window_before_that_was_tracked_in_part_is_no_comparison(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=at("2026-10-28T15:00"))
    await filling.team(owns=(repository,))
    await filling.deployment(repository, at("2026-10-29"))
    told = await report(filling)
    assert told.window == NOVEMBER_WEEK
    assert told.previous is None
    assert kinds(told) == ["nothing_to_compare"]
    assert "2026-10-28" in told.data_quality[0].text


async def test_a_window_before_that_begins_with_tracking_is_compared(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=at("2026-10-26T15:00"))
    await filling.team(owns=(repository,))
    assert (await report(filling)).previous is not None


async def test_a_window_before_tracking_has_no_numbers_whatever_the_facts_say(filling: Filling) -> None:
    """Pull requests and commits may be older than the first event that told of them."""
    repository = await filling.repository(tracked_since=at("2026-11-09"))
    await filling.team(owns=(repository,))
    await filling.pull_request(repository, at("2026-11-03"))
    await filling.commit(repository, at("2026-11-03"))
    told = await report(filling)
    assert told.numbers == NO_NUMBERS
    assert told.window == NOVEMBER_WEEK
    assert (told.previous, told.waiting) == (None, ())
    assert told.data_quality[0].text == "Tracking began on 2026-11-09, after this window: there is no data."


async def test_a_repository_never_heard_of_has_no_data(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=None)
    await filling.team(owns=(repository,))
    told = await report(filling)
    assert told.numbers == NO_NUMBERS
    assert kinds(told) == ["nothing_tracked"]


async def test_a_team_that_owns_nothing_shows_the_whole_organization_and_says_so(filling: Filling) -> None:
    for name in ("one", "two"):
        await filling.deployment(await filling.repository(f"acme/{name}"), at("2026-11-03"))
    await filling.team()
    told = await report(filling)
    assert told.numbers.deployment_frequency.deployments == 2
    (remark,) = told.data_quality
    assert (remark.kind, remark.count) == ("whole_organization", 2)
    assert remark.text.endswith("the whole organization, 2 repositories.")


async def test_an_organization_without_repositories_says_so(filling: Filling) -> None:
    await filling.team()
    told = await report(filling)
    assert told.numbers == NO_NUMBERS
    assert kinds(told) == ["nothing_tracked", "whole_organization"]


async def test_one_service_only(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for service in ("checkout", "search", "search"):
        await filling.deployment(repository, at("2026-11-03"), service=service)
    told = await report(filling, service="search")
    assert told.numbers.deployment_frequency.deployments == 2
    (remark,) = told.data_quality
    assert remark.kind == "shared_repositories"
    with pytest.raises(UnknownService, match="checkout, search"):
        await report(filling, service="serch")


async def test_what_waits_and_what_is_missing_is_told(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    number = await filling.pull_request(repository, at("2026-11-03"))
    await filling.note(repository, "canceled", at("2026-10-27"))
    await filling.delivery("failed")
    told = await report(filling)
    assert [one.number for one in told.waiting] == [number]
    assert kinds(told) == ["deliveries_failed"]
    assert [one.kind for one in told.previous_data_quality] == ["canceled"]


def test_every_metric_has_words_and_a_source() -> None:
    assert list(METRICS) == list(Numbers.__dataclass_fields__)
    for metric in METRICS.values():
        assert metric.DEFINITION.endswith(".")
        assert metric.SOURCE.startswith("https://")
