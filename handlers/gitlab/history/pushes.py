"""Pushes: how the branches moved, with the commits that each move brought.

https://docs.gitlab.com/api/events/#list-all-visible-events-for-a-project
"""

from contextlib import suppress
from datetime import timedelta

import msgspec

from handlers.asking.line import Move, pushes_of
from handlers.commits import BRANCH
from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.history import commits, deployments, merge_requests
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.times import Time, required_time

# All in one step, since the first of them are needed to tell what the last ones brought.
MOST_PAGES = 100


class PushData(msgspec.Struct):
    ref_type: str
    ref: str | None = None
    commit_from: str | None = None
    commit_to: str | None = None


class EventPart(msgspec.Struct):
    created_at: Time
    push_data: PushData | None = None


async def read(asking: Asking, _: Query | None) -> Page:
    known = asking.known
    if not known.complete:
        await commits.read_graph(asking)
        await merge_requests.read_graph(asking)
        with suppress(Missing, Forbidden):
            await deployments.read_deployed(asking)
        known.complete = True
    records, graph = await commits.read_deployed(asking)
    moves: list[Move] = []
    following: Query | None = None
    # A day before: `after` is a date, and of the server's own zone.
    query = {"action": "pushed", "after": f"{asking.since - timedelta(days=1):%Y-%m-%d}"}
    for _page in range(MOST_PAGES):
        found, following = await asking.page("/events", following, **query)
        moves += [move for one in found if (move := _move(msgspec.convert(one, EventPart), asking)) is not None]
        if following is None:
            break
    records += pushes_of(moves, graph.parents, asking.repository.key, asking.default_branch, graph.times)
    return Page(records, None)


def _move(event: EventPart, asking: Asking) -> Move | None:
    """As its webhook tells it: never as forced."""
    pushed = event.push_data
    if pushed is None or pushed.ref_type != "branch" or pushed.ref is None:
        return None
    at = required_time(event.created_at, "created_at")
    if at < asking.since:
        return None
    after = pushed.commit_to or ""
    return Move(f"{BRANCH}{pushed.ref}", pushed.commit_from or "", after, False, at)
