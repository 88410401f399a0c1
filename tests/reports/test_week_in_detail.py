"""What is said in the thread below a digest."""

from datetime import timedelta

from reports.scope import find_team
from reports.week_in_detail import RepositoryWeek, WeekInDetail, week_in_detail
from tests.reports.filling import Filling, at

NOW = at("2026-11-09T09:00")
WEEK = at("2026-11-02T12:00")


async def detail(filling: Filling) -> WeekInDetail:
    scope = await find_team(filling.connection, filling.organization_id, "platform")
    assert scope is not None
    return await week_in_detail(filling.connection, scope, NOW)


async def test_each_repository_has_its_own_numbers_and_the_silent_ones_are_counted(filling: Filling) -> None:
    api, web, docs = [await filling.repository(f"acme/{name}") for name in ("api", "web", "docs")]
    await filling.team(owns=(api, web, docs))
    for outcome, unplanned in (("succeeded", False), ("failed", False), ("succeeded", True)):
        await filling.deployment(web, WEEK, outcome, unplanned=unplanned)
    await filling.deployment(api, WEEK)
    for hours in (2, 4, 60):
        await filling.shipped(api, WEEK, hours)
    await filling.deployment(docs, WEEK - timedelta(weeks=1))
    await filling.shipped(docs, WEEK - timedelta(weeks=1), 5)
    told = await detail(filling)
    assert told.repositories == (
        RepositoryWeek("acme/web", 3, 1, 1, 0, None),
        RepositoryWeek("acme/api", 1, 0, 0, 3, 4 * 3600),
    )
    assert told.owned == 3


async def test_every_recovery_of_the_week_is_there_open_ones_first(filling: Filling) -> None:
    api = await filling.repository()
    await filling.team(owns=(api,))
    # It failed in the week before, and recovered in this one.
    await filling.failure(api, WEEK - timedelta(days=3), WEEK)
    for hours in (1, 3):
        await filling.failure(api, WEEK, WEEK + timedelta(hours=hours))
    await filling.failure(api, WEEK, None)
    told = await detail(filling)
    assert [one.seconds for one in told.recoveries] == [None, 3 * 86_400, 3 * 3600, 3600]


async def test_the_slowest_changes_and_the_largest_pull_requests_of_people_stand_out(filling: Filling) -> None:
    api = await filling.repository()
    await filling.team(owns=(api,))
    for number in range(1, 8):
        await filling.shipped(api, WEEK, hours=number, key=str(number))
        await filling.merged(api, WEEK, number=number, lines_added=number, lines_deleted=1)
    await filling.merged(api, WEEK, number=90, lines_added=None, lines_deleted=None)
    await filling.merged(api, WEEK, number=91, lines_added=9000, lines_deleted=0, is_bot=True)
    told = await detail(filling)
    assert [one.seconds for one in told.slowest] == [hours * 3600 for hours in (7, 6, 5, 4, 3)]
    assert [(one.number, one.lines_added, one.lines_deleted) for one in told.largest] == [
        (number, number, 1) for number in (7, 6, 5, 4, 3)
    ]
