"""Pushes: how the branches moved, with the commits that each move brought.

https://docs.github.com/rest/repos/repos#list-repository-activities
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec

from handlers.asking.line import Move, moves_along, pushes_of
from handlers.commits import BRANCH, object_name
from handlers.github.client import Missing
from handlers.github.history import commits, deployed, deployments, pull_requests
from handlers.github.history.asking import Asking, Page
from handlers.payloads import Ref, Sha
from handlers.times import Time, required_time

# All in one step, since the first of them are needed to tell what the last ones brought.
MOST_PAGES = 100
PERIODS = (("day", 1), ("week", 7), ("month", 28), ("quarter", 88))


class ActivityPart(msgspec.Struct):
    ref: Ref
    before: Sha
    after: Sha
    timestamp: Time
    activity_type: str


async def read(asking: Asking, _: str | None) -> Page:
    branch = await _know_graph(asking)
    known = asking.known
    records, parents = await deployed.read(asking)
    try:
        moves = [move async for move in _moves(asking)]
    except Missing:
        # Older Enterprise Servers keep no record of them.
        head = known.head or ""
        moves = moves_along(head, known.parents, known.times, f"{BRANCH}{branch}") if branch else []
    records += pushes_of(moves, parents, asking.repository.key, branch)
    return Page(records, None)


async def _know_graph(asking: Asking) -> str | None:
    """Who is whose parent; asked again when another process read it. Returns the default branch."""
    following: str | None = None
    while not asking.known.complete:
        page = await commits.read(asking, following, query=commits.GRAPH)
        following = page.following
        if following is None:
            await pull_requests.read_graph(asking)
            with suppress(Missing):
                await deployments.read_deployed(asking)
            asking.known.complete = True
    return asking.known.branch


async def _moves(asking: Asking) -> AsyncIterator[Move]:
    days = (datetime.now(UTC) - asking.since) / timedelta(days=1)
    period = next((word for word, longest in PERIODS if days <= longest), "year")
    following: str | None = None
    for _ in range(MOST_PAGES):
        found, following = await asking.page(
            following, "/activity?time_period={period}&direction=desc&per_page=100", period=period
        )
        left_out = asking.known.left_out
        for part in left_out.each(found, ActivityPart):
            if not left_out.kept(_move, part):
                continue
            move = _move(part)
            if move.at < asking.since:
                return
            yield move
        if following is None:
            return


def _move(part: ActivityPart) -> Move:
    return Move(
        ref=part.ref,
        before=object_name(part.before),
        after=object_name(part.after),
        forced=part.activity_type == "force_push",
        at=required_time(part.timestamp, "timestamp"),
    )
