"""Commits of a time of which none is kept one by one."""

from datetime import timedelta

import sqlalchemy as sa

from reports.metrics import commits
from reports.old_commits import remark
from reports.report import Commits
from reports.sources import Sources
from storage.continuous import find_stores
from tests.reports.filling import NOVEMBER_WEEK, Filling, at


async def test_of_a_service_are_counted_those_that_changed_no_other_one_alone(filling: Filling) -> None:
    """As while they were kept one by one: what is known of their files outlives them."""
    shared, whole = [
        await filling.repository(path, frozen_before=at("2026-11-09")) for path in ("acme/mono", "acme/web")
    ]
    store = (await find_stores(filling.connection, "daily_commit_stats"))[0]
    for repository, count in ((shared, 7), (whole, 2)):
        await filling.connection.execute(
            sa.text(f"INSERT INTO {store} VALUES (:day, :id, :count, 30, 10)"),
            {"day": at("2026-11-03"), "id": repository, "count": count},
        )
    # Of the seven two changed others' files alone, one those of both, one none's; of three nobody knows.
    touched = [("a", "search"), ("a", "admin"), ("b", "search"), ("c", "search"), ("c", "checkout"), ("d", "")]
    for moment in (at("2026-11-03T10:00"), NOVEMBER_WEEK.end):
        for key, service in touched:
            await filling.connection.execute(
                sa.text("INSERT INTO touched_services VALUES (:id, 'commit', :key, :service, :at)"),
                {"id": shared, "key": f"{key} of {moment}", "service": service, "at": moment},
            )
    sources = Sources((whole, shared), services=((shared, "checkout"),))
    (told,) = await commits.read(filling.connection, sources, [NOVEMBER_WEEK])
    assert told == Commits(2 + 7 - 3, 30, 10, 0)
    (said,) = await remark(filling.connection, sources, NOVEMBER_WEEK)
    assert said.text.endswith("Their lines are not known by service.")


async def test_days_of_another_zone_are_those_of_utc_that_are_nearest(filling: Filling) -> None:
    repository = await filling.repository(frozen_before=NOVEMBER_WEEK.end + timedelta(days=7))
    store = (await find_stores(filling.connection, "daily_commit_stats"))[0]
    for day in ("2026-11-01", "2026-11-02", "2026-11-08", "2026-11-09"):
        await filling.connection.execute(
            sa.text(f"INSERT INTO {store} VALUES (:day, :id, 1, NULL, NULL)"), {"day": at(day), "id": repository}
        )
    (told,) = await commits.read(filling.connection, Sources((repository,)), [NOVEMBER_WEEK])
    assert told == Commits(2, None, None, 0)


async def test_what_is_not_known_of_old_commits_is_said_not_taken_for_none(filling: Filling) -> None:
    """The remarks on bots and unknown lines count those that are kept one by one: fewer than there were."""
    repository = await filling.repository(frozen_before=at("2026-11-04"))
    (said,) = await remark(filling.connection, Sources((repository,)), NOVEMBER_WEEK)
    assert said.text == (
        "Commits before 2026-11-04 are counted by days of UTC: one by one they are no longer kept, so how many of them "
        "are by bots or without line counts is not known."
    )
