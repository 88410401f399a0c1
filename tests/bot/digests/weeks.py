"""Weeks that a digest must tell well: each is a team of its own, with the history that leads to it.

All are of the week from 2 to 8 November 2026, in UTC; the digest comes on Monday the 9th at 09:00.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from tests.reports.filling import Filling, at

MONDAY = at("2026-11-09T09:00")
WEEK = at("2026-11-02T10:00")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EARLIER = range(1, 12)
TITLES = ("Cache the price list", "Validate addresses", "Drop an unused index", "Name the queues", "Shorten the build")


async def ordinary(filling: Filling, repository: UUID, start: datetime, deployments: int = 6) -> None:
    """A working week from `start`: every change has a deployment of its own."""
    for number in range(deployments):
        moment = start + number % 5 * DAY + (number // 5) * 3 * HOUR
        title = TITLES[number % len(TITLES)]
        stages = {"coding": 5 + number, "pickup": 2, "review": 3, "deploy": 0.5}
        pull_request = str(await filling.merged(repository, moment, **stages, title=title))
        await filling.change(repository, moment, pull_request, title=title)
        await filling.shipped(repository, moment + HOUR / 2, hours=10 + number, key=pull_request)
        await filling.deployment(repository, moment + HOUR / 2)


async def quiet(filling: Filling) -> None:
    repository = await filling.repository("acme/quiet")
    await filling.team("quiet", owns=(repository,), name="Quiet")
    for weeks in EARLIER:
        await ordinary(filling, repository, WEEK - weeks * 7 * DAY)
    await filling.pull_request(repository, WEEK + DAY, title="Move the nightly import to a queue")


async def first(filling: Filling) -> None:
    repository = await filling.repository("acme/first", tracked_since=WEEK + 2 * DAY)
    await filling.team("first", owns=(repository,), name="First week")
    await ordinary(filling, repository, WEEK + 2 * DAY, deployments=3)


async def terrible(filling: Filling) -> None:
    api, web = await filling.repository("acme/checkout-api"), await filling.repository("acme/checkout-web")
    await filling.team("terrible", owns=(api, web), name="Checkout")
    for weeks in EARLIER:
        await ordinary(filling, api, WEEK - weeks * 7 * DAY)
        await ordinary(filling, web, WEEK - weeks * 7 * DAY, deployments=3)
    kinds = ("rollback", "status", "incident", "status", "revert")
    for number, kind in enumerate(kinds):
        moment = WEEK + number * DAY
        key = await filling.failure(api, moment, None if kind == "incident" else moment + (number + 2) * HOUR)
        await filling.evidence(api, key, kind)
        await filling.deployment(api, moment + (number + 2) * HOUR, unplanned=True, rollback=kind == "rollback")
        title = f"Take payments apart, part {number}"
        stages = {"coding": 30, "pickup": 20, "review": 26 + 9 * number, "deploy": 30}
        pull_request = await filling.merged(web, moment, **stages, title=title)
        await filling.shipped(web, moment + 30 * HOUR, hours=106 + 9 * number, key=str(pull_request))
        await filling.change(web, moment, str(pull_request), title=title)
        await filling.deployment(web, moment + 30 * HOUR)
    for number, title in enumerate(("Raise timeouts of refunds", "Log declined cards", "Retry webhooks", "Drop IE 11")):
        waiting = await filling.pull_request(api, WEEK - number * DAY, title=title)
        await filling.asked(api, waiting, "dana")


async def forty(filling: Filling) -> None:
    repositories = [await filling.repository(f"acme/service-{number:02}") for number in range(40)]
    await filling.team("forty", owns=tuple(repositories), name="Forty repositories")
    for place, repository in enumerate(repositories):
        for weeks in range(6):
            deployments = place % 5 + (4 if weeks == 0 and place == 7 else 0)
            await ordinary(filling, repository, WEEK - weeks * 7 * DAY + place * HOUR / 4, deployments)
        if place % 9 == 1:
            key = await filling.failure(repository, WEEK + DAY, WEEK + DAY + (place + 5) * HOUR / 6)
            await filling.evidence(repository, key, "rollback" if place % 2 else "status")
        if place % 6 == 2:
            waiting = await filling.pull_request(repository, WEEK + place * HOUR, title="Renew the certificates")
            await filling.asked(repository, waiting, "sam")


WEEKS: dict[str, Callable[[Filling], Awaitable[None]]] = {
    "quiet": quiet,
    "first": first,
    "terrible": terrible,
    "forty": forty,
}
