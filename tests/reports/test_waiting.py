"""Who waits for a first review, how long, and for whom."""

from uuid import UUID

from reports.report import WaitingPullRequest
from reports.sources import Sources
from reports.waiting import LISTED, find_waiting
from tests.reports.filling import NOVEMBER_WEEK, Filling, at

DAY = 86_400.0


async def waiting(filling: Filling, *repository_ids: UUID, now: str = "2026-11-06") -> tuple[WaitingPullRequest, ...]:
    listed, count = await find_waiting(filling.connection, Sources(repository_ids), NOVEMBER_WEEK, at(now))
    assert count == len(listed)
    return listed


async def numbers(filling: Filling, *repository_ids: UUID, now: str = "2026-11-06") -> list[int]:
    return [one.number for one in await waiting(filling, *repository_ids, now=now)]


async def test_the_one_that_is_ready_longest_comes_first(filling: Filling) -> None:
    repository = await filling.repository()
    short = await filling.pull_request(repository, at("2026-11-01"), ready_at=at("2026-11-05"))
    long = await filling.pull_request(repository, at("2026-11-03"), title=None, url=None)
    first, second = await waiting(filling, repository)
    assert first == WaitingPullRequest("acme/api", long, "", None, 3 * DAY, ())
    assert (second.number, second.waiting_seconds) == (short, DAY)


async def test_drafts_bots_and_reviewed_ones_do_not_wait(filling: Filling) -> None:
    repository = await filling.repository()
    created = at("2026-11-03")
    await filling.pull_request(repository, created, draft=True, ready_at=None)
    await filling.pull_request(repository, created, is_bot=True)
    await filling.pull_request(repository, created, first_review_at=at("2026-11-04"))
    await filling.pull_request(repository, created, closed_at=at("2026-11-04"))
    await filling.merged(repository, at("2026-11-04"), review=None)
    assert await numbers(filling, repository) == []


async def test_waiting_is_as_of_the_end_of_a_past_window(filling: Filling) -> None:
    """What was merged, closed or reviewed since was still waiting then."""
    repository = await filling.repository()
    created = at("2026-11-08")
    merged = await filling.pull_request(
        repository, created, merged_at=at("2026-11-10"), closed_at=at("2026-11-10"), ready_at=created
    )
    closed = await filling.pull_request(repository, created, closed_at=at("2026-11-11"))
    reviewed = await filling.pull_request(repository, created, first_review_at=at("2026-11-12"))
    await filling.pull_request(repository, at("2026-11-09"))
    found = await waiting(filling, repository, now="2026-12-01")
    assert [one.number for one in found] == [merged, closed, reviewed]
    assert {one.waiting_seconds for one in found} == {DAY}


async def test_it_waits_for_the_people_who_were_asked(filling: Filling) -> None:
    repository = await filling.repository()
    author, bot = await filling.developer("ada"), await filling.developer("scanner", bot=True)
    number = await filling.pull_request(repository, at("2026-11-03"), author_id=author)
    await filling.asked(repository, number, "grace")
    await filling.asked(repository, number, "core-team", reviewer="team:1")
    await filling.asked(repository, number, "edsger", requested=False)
    await filling.asked(repository, number, "ada", developer_id=author)
    await filling.asked(repository, number, "scanner", developer_id=bot)
    await filling.asked(repository, number, "review-bot")
    (one,) = await waiting(filling, repository)
    assert one.waiting_for == ("core-team", "grace")


async def test_only_the_scopes_repositories_are_looked_at(filling: Filling) -> None:
    ours, theirs = await filling.repository("acme/ours"), await filling.repository("acme/theirs")
    await filling.pull_request(theirs, at("2026-11-03"))
    assert await numbers(filling, ours) == []
    assert len(await numbers(filling, ours, theirs)) == 1


async def test_the_longest_are_listed_and_all_are_counted(filling: Filling) -> None:
    repository = await filling.repository()
    oldest = await filling.pull_request(repository, at("2026-11-01"))
    for _ in range(LISTED + 1):
        number = await filling.pull_request(repository, at("2026-11-03"))
        await filling.asked(repository, number, "grace")
        await filling.asked(repository, number, "core-team", reviewer="team:1")
    listed, count = await find_waiting(filling.connection, Sources((repository,)), NOVEMBER_WEEK, at("2026-11-06"))
    assert (len(listed), count) == (LISTED, LISTED + 2)
    assert listed[0].number == oldest
    assert {one.waiting_for for one in listed[1:]} == {("core-team", "grace")}


async def test_nobody_is_waited_for_in_a_repository_that_was_deleted(filling: Filling) -> None:
    repository = await filling.repository(deleted_at=at("2026-11-05"))
    number = await filling.pull_request(repository, at("2026-11-03"))
    assert await numbers(filling, repository) == []
    assert await numbers(filling, repository, now="2026-11-04") == [number]
