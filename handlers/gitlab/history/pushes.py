"""Pushes: how the branches moved, with the commits that each move brought.

https://docs.gitlab.com/api/events/#list-all-visible-events-for-a-project
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from handlers.asking.line import Move, ancestors, brought, pushes_of
from handlers.commits import BRANCH
from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.history import commits, deployments, merge_requests
from handlers.gitlab.history.asking import Asking, Known, Page, Query
from handlers.gitlab.history.bulk import EventPart, moves_of_many
from storage.records import Record

# All in one step, since the first of them are needed to tell what the last ones brought.
MOST_PAGES = 100


class Told(NamedTuple):
    move: Move
    # How many commits it brought; None: GitLab does not say.
    brought: int | None


async def read(asking: Asking, _: Query | None) -> Page:
    known = asking.known
    if not known.complete:
        await commits.read_graph(asking)
        await merge_requests.read_graph(asking)
        with suppress(Missing, Forbidden):
            await deployments.read_deployed(asking)
        known.complete = True
    records, graph = await commits.read_deployed(asking)
    pushed: list[Told] = []
    of_many: list[datetime] = []
    following: Query | None = None
    # A day before: `after` is a date, and of the server's own zone.
    query = {"action": "pushed", "after": f"{asking.since - timedelta(days=1):%Y-%m-%d}"}
    for _page in range(MOST_PAGES):
        found, following = await asking.page("/events", following, **query)
        events = [event for event in asking.known.left_out.each(found, EventPart) if event.at >= asking.since]
        pushed += [
            Told(move, event.push_data.commit_count) for event in events if event.push_data and (move := event.move)
        ]
        of_many += [event.at for event in events if event.of_many]
        if following is None:
            break
    pushed += [Told(move, None) async for move in moves_of_many(asking, of_many, [one.move for one in pushed])]
    records += await _read_older(asking, graph, pushed)
    moves = [move for move, _ in pushed]
    records += pushes_of(moves, graph.parents, asking.repository.key, asking.default_branch, graph.times)
    return Page(records, None)


async def _read_older(asking: Asking, known: Known, pushed: Sequence[Told]) -> list[Record]:
    """What was committed before the time since which commits were listed, and came onto the default branch after it;
    also what the list left out behind that, as git looks no further: these pushes brought more than was listed. And all
    that a push of many branches may have brought.

    https://docs.gitlab.com/api/commits/#list-repository-commits (a range of revisions in place of a name)
    """
    records: list[Record] = []
    # Oldest first, as one stands on the other.
    for move, count in sorted(pushed, key=lambda one: one[0].at):
        on_default_branch = move.ref == f"{BRANCH}{asking.default_branch}"
        if not move.after or not (on_default_branch or count is None):
            continue
        had = ancestors(move.before, known.parents, ())
        shas = brought(move.after, known.parents, had, ())
        # What a merge request tells is not yet known to be on the default branch.
        if count is not None and len(shas) >= count and known.landed.issuperset(shas):
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
            listed = known.left_out.each(found, commits.ListedCommit)
            commits.remember(known, listed)
            records += commits.records_of(asking, listed, on_default_branch=on_default_branch)
            if following is None:
                break
    return records
