"""Pushes: how the branches moved, with the commits that each move brought.

https://docs.gitlab.com/api/events/#list-all-visible-events-for-a-project
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import msgspec

from handlers.asking.line import Move, ancestors, brought, pushes_of
from handlers.commits import BRANCH
from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.history import commits, deployments, merge_requests
from handlers.gitlab.history.asking import Asking, Known, Page, Query
from handlers.times import Time, required_time
from storage.records import Record

# All in one step, since the first of them are needed to tell what the last ones brought.
MOST_PAGES = 100


class PushData(msgspec.Struct):
    ref_type: str
    ref: str | None = None
    commit_from: str | None = None
    commit_to: str | None = None
    commit_count: int = 0


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
    pushed: list[tuple[Move, int]] = []
    following: Query | None = None
    # A day before: `after` is a date, and of the server's own zone.
    query = {"action": "pushed", "after": f"{asking.since - timedelta(days=1):%Y-%m-%d}"}
    for _page in range(MOST_PAGES):
        found, following = await asking.page("/events", following, **query)
        pushed += [told for one in found if (told := _move(msgspec.convert(one, EventPart), asking)) is not None]
        if following is None:
            break
    records += await _read_older(asking, graph, pushed)
    moves = [move for move, _ in pushed]
    records += pushes_of(moves, graph.parents, asking.repository.key, asking.default_branch, graph.times)
    return Page(records, None)


async def _read_older(asking: Asking, known: Known, pushed: Sequence[tuple[Move, int]]) -> list[Record]:
    """What was committed before the time since which commits were listed, and came onto the default branch after it;
    also what the list left out behind that, as git looks no further: these pushes brought more than was listed.

    https://docs.gitlab.com/api/commits/#list-repository-commits (a range of revisions in place of a name)
    """
    records: list[Record] = []
    # Oldest first, as one stands on the other.
    for move, count in sorted(pushed, key=lambda one: one[0].at):
        if move.ref != f"{BRANCH}{asking.default_branch}" or not move.after:
            continue
        had = ancestors(move.before, known.parents, ())
        shas = brought(move.after, known.parents, had, ())
        # What a merge request tells is not yet known to be on the default branch.
        if len(shas) >= count and known.landed.issuperset(shas):
            continue
        following: Query | None = None
        while True:
            query = {"ref_name": move.after, "with_stats": "true"}
            # A branch that was made may bring years.
            query |= {"ref_name": f"{move.before}..{move.after}"} if move.before else {"since": asking.since_stamp}
            try:
                found, following = await asking.page("/repository/commits", following, **query)
            except Missing:
                # Forced away since.
                break
            listed = msgspec.convert(found, list[commits.ListedCommit])
            commits.remember(known, listed)
            records += [commits.commit_record(one, asking.repository.key, on_default_branch=True) for one in listed]
            if following is None:
                break
    return records


def _move(event: EventPart, asking: Asking) -> tuple[Move, int] | None:
    """As its webhook tells it: never as forced. And how many commits it brought."""
    pushed = event.push_data
    if pushed is None or pushed.ref_type != "branch" or pushed.ref is None:
        return None
    at = required_time(event.created_at, "created_at")
    if at < asking.since:
        return None
    after = pushed.commit_to or ""
    return Move(f"{BRANCH}{pushed.ref}", pushed.commit_from or "", after, False, at), pushed.commit_count
