"""Numbers with a limit, and how often each would have crossed it."""

from datetime import timedelta

import pytest

from reports.alerts import REVIEW_WAITING, Measured, count_crossings, crossings, measure
from reports.scope import TeamScope, find_team
from tests.reports.filling import Filling, at

NOW = at("2026-11-09T09:00")
DAY = timedelta(days=1)


async def scope_of(filling: Filling) -> TeamScope:
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    return scope


async def test_a_number_is_that_of_the_last_30_days(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for day in range(8):
        await filling.deployment(repository, NOW - day * DAY, "failed" if day < 2 else "succeeded")
    await filling.deployment(repository, NOW - 40 * DAY, "failed")
    measured = await measure(filling.connection, await scope_of(filling), "change_failure_rate", NOW)
    assert measured == Measured(0.25, 8)
    assert measured.is_above(0.2)
    assert not measured.is_above(0.25)


async def test_of_too_few_facts_there_is_no_number(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for day in range(4):
        await filling.deployment(repository, NOW - day * DAY, "failed")
    measured = await measure(filling.connection, await scope_of(filling), "change_failure_rate", NOW)
    assert measured == Measured(None, 4)
    assert not measured.is_above(0)


async def test_the_longest_wait_for_a_review_is_that_of_now_with_its_pull_request(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    scope = await scope_of(filling)
    assert await measure(filling.connection, scope, REVIEW_WAITING, NOW) == Measured(None, 0)
    await filling.pull_request(repository, NOW - DAY, number=7)
    await filling.pull_request(repository, NOW - 2 * DAY, number=8, first_review_at=NOW - DAY)
    measured = await measure(filling.connection, scope, REVIEW_WAITING, NOW)
    assert measured == Measured(86_400, 1, ("acme/api", 7, "https://github.com/acme/api/pull/7"))


@pytest.mark.parametrize(
    ("values", "times"), [("", 0), ("1", 0), ("01", 1), ("0110", 1), ("01101", 2), ("1110111", 1), ("000", 0)]
)
def test_a_crossing_counts_once_until_it_was_back(values: str, times: int) -> None:
    assert crossings((Measured(float(one), 9) for one in values), 0.5) == times


@pytest.mark.parametrize(
    ("values", "times"),
    [((0.1, 0.21, 0.19, 0.21), 1), ((0.1, 0.21, 0.18, 0.21), 2), ((0.1, 0.21, None, 0.21), 1), ((None, 0.21), 0)],
)
def test_it_is_back_a_tenth_below_its_limit_and_of_too_few_facts_nothing_is_known(
    values: tuple[float | None, ...], times: int
) -> None:
    assert crossings((Measured(one, 9 if one else 4) for one in values), 0.2) == times


async def test_the_preview_counts_a_wait_again_only_after_nothing_waited_nearly_so_long(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    # Over ten days: the second waits for nine and a half when the first is reviewed, the third for less than nine.
    for begun, reviewed in ((60, 48), (57.5, 40), (48.5, 30)):
        await filling.pull_request(repository, NOW - begun * DAY, first_review_at=NOW - reviewed * DAY)
    scope = await scope_of(filling)
    assert await count_crossings(filling.connection, scope, REVIEW_WAITING, 10 * 86_400, NOW) == (2, 90)


async def test_the_preview_counts_the_days_on_which_a_rate_crossed(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for day in range(130):
        # Two bad weeks in a quarter of a year.
        bad = 10 <= day < 17 or 70 <= day < 77
        await filling.deployment(repository, NOW - day * DAY, "failed" if bad else "succeeded")
    scope = await scope_of(filling)
    assert await count_crossings(filling.connection, scope, "change_failure_rate", 0.2, NOW) == (2, 90)
    assert await count_crossings(filling.connection, scope, "change_failure_rate", 0.5, NOW) == (0, 90)


async def test_the_preview_counts_waits_that_overlap_once(filling: Filling) -> None:
    repository = await filling.repository()
    await filling.team(owns=(repository,))
    for begun, reviewed in ((20, 17), (19, 15), (10, 9.5), (5, 3), (200, 195)):
        await filling.pull_request(
            repository, NOW - begun * DAY, first_review_at=NOW - reviewed * DAY, merged_at=NOW - (reviewed - 1) * DAY
        )
    await filling.pull_request(repository, NOW - 2 * DAY)
    await filling.pull_request(repository, NOW - 30 * DAY, draft=True)
    scope = await scope_of(filling)
    assert await count_crossings(filling.connection, scope, REVIEW_WAITING, 86_400, NOW) == (3, 90)
    assert await count_crossings(filling.connection, scope, REVIEW_WAITING, 12 * 86_400, NOW) == (0, 90)


async def test_the_preview_looks_back_only_as_far_as_there_are_numbers(filling: Filling) -> None:
    repository = await filling.repository(tracked_since=NOW - 40 * DAY)
    await filling.team(owns=(repository,))
    scope = await scope_of(filling)
    assert await count_crossings(filling.connection, scope, "change_failure_rate", 0.2, NOW) == (0, 10)
    assert await count_crossings(filling.connection, scope, REVIEW_WAITING, 60, NOW) == (0, 40)
