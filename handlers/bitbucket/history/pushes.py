"""Pushes: Bitbucket keeps no record of them, so every commit on the default branch's own line counts as one."""

from datetime import timedelta

from handlers.asking.line import moves_along, pushes_of
from handlers.bitbucket.history import commits
from handlers.bitbucket.history.asking import Asking, Page
from handlers.bitbucket.history.landing import together
from handlers.commits import BRANCH
from handlers.times import parse_time
from storage.records import Record

ONE_DAY = timedelta(days=1)


async def read(asking: Asking, _: str | None) -> Page:
    await commits.read_graph(asking)
    known, branch = asking.known, asking.default_branch
    if branch is None:
        return Page([], None)
    made_at = parse_time(known.shown.created_on) if known.shown is not None else None
    line = moves_along(known.head, known.parents, known.times, f"{BRANCH}{branch}")
    # What is older than the repository by a day, an import brought.
    moves = [move for move in line if made_at is None or move.at >= made_at - ONE_DAY]
    records: list[Record] = list(
        pushes_of(together(moves, asking.landed), known.parents, asking.repository.key, branch)
    )
    return Page(records, None)
