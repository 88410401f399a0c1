"""Pushes of more branches than GitLab tells one by one (three): there is no webhook, and one event for all of them that
names none. Where the branches that count went then is told by where they were before and are after.

https://docs.gitlab.com/administration/settings/push_event_activities_limit/
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from handlers.asking.line import Move
from handlers.commits import BRANCH
from handlers.gitlab.client import Missing, path_of
from handlers.gitlab.history.asking import Asking, Query
from handlers.payloads import Sha
from handlers.times import Time, parse_time, required_time

# Of branches that were deployed from, the last ones.
MOST_BRANCHES = 10
# What was committed so much later than GitLab took a push was not in it: clocks differ by less.
SKEW = timedelta(minutes=5)
# Where a branch was before is looked for so far back.
MOST_PAGES = 20


class PushData(msgspec.Struct):
    ref_type: str
    ref: str | None = None
    commit_from: str | None = None
    commit_to: str | None = None
    commit_count: int = 0
    # Of a push of many: how many.
    ref_count: int | None = None


class EventPart(msgspec.Struct):
    created_at: Time
    push_data: PushData | None = None

    @property
    def at(self) -> datetime:
        return required_time(self.created_at, "created_at")

    @property
    def of_many(self) -> bool:
        pushed = self.push_data
        return pushed is not None and pushed.ref_type == "branch" and pushed.ref is None

    @property
    def move(self) -> Move | None:
        """As its webhook tells it: never as forced. None: of many branches, or of a tag."""
        pushed = self.push_data
        if pushed is None or pushed.ref_type != "branch" or pushed.ref is None:
            return None
        return Move(f"{BRANCH}{pushed.ref}", pushed.commit_from or "", pushed.commit_to or "", False, self.at)


class CommitPart(msgspec.Struct):
    id: Sha
    committed_date: Time = None


class BranchPart(msgspec.Struct):
    commit: CommitPart


async def moves_of_many(asking: Asking, moments: Sequence[datetime], told: Sequence[Move]) -> AsyncIterator[Move]:
    """Of the default branch, and of those that were deployed from. `moments`: of such pushes. `told`: every other move
    in the time that is read."""
    if not moments:
        return
    names = [name for name in (asking.default_branch, *asking.known.deployed_from) if name]
    for name in [*dict.fromkeys(names)][:MOST_BRANCHES]:
        ref = f"{BRANCH}{name}"
        head = await _head(asking, name)
        if head is None:
            continue
        mine = sorted((move for move in told if move.ref == ref), key=lambda move: move.at)
        begin = mine[0].before if mine and mine[0].at < min(moments) else await _before(asking, ref, min(moments))
        if begin is None:
            continue
        for move in gaps(ref, begin, mine, head, moments):
            yield move


def gaps(ref: str, begin: str, told: Sequence[Move], head: CommitPart, moments: Sequence[datetime]) -> Iterator[Move]:
    """What lies between moves that were told, oldest first, and a push of many came between. Pure.

    After the last of them there may have been a push of its own, which GitLab did not list yet.
    """
    place, since = begin, datetime.min.replace(tzinfo=moments[0].tzinfo)
    made_at = parse_time(head.committed_date)
    last = since if made_at is None else made_at - SKEW
    for found, until, after in [*((move.before, move.at, move.after) for move in told), (head.id, None, head.id)]:
        between = [at for at in moments if at >= since and (at >= last if until is None else at <= until)]
        if between and found != place:
            yield Move(ref, place, found, False, max(between))
        place, since = after, until or since


async def _head(asking: Asking, name: str) -> CommitPart | None:
    """https://docs.gitlab.com/api/branches/#get-single-repository-branch"""
    try:
        found = await asking.client.get(asking.path(path_of("repository/branches", name)))
    except Missing:
        # Gone; or what was deployed from is a tag.
        return None
    return msgspec.convert(found, BranchPart).commit


async def _before(asking: Asking, ref: str, moment: datetime) -> str | None:
    """Where the branch was then; empty: it was not there yet; None: that is too long ago to be looked for."""
    following: Query | None = None
    # Excluding that day, in the server's zone.
    query = {"action": "pushed", "before": f"{moment + timedelta(days=2):%Y-%m-%d}"}
    for _ in range(MOST_PAGES):
        found, following = await asking.page("/events", following, **query)
        for event in asking.known.left_out.each(found, EventPart):
            move = event.move
            if move is not None and move.ref == ref and move.at < moment:
                return move.after
        if following is None:
            return ""
    return None
