"""A repository's history, part by part. One page of one part is a step."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from handlers.asking.api import Step
from handlers.bitbucket.client import Forbidden, Missing
from handlers.bitbucket.history import builds, commits, deployments, pull_requests, pushes
from handlers.bitbucket.history.asking import Asking, Landed, Page
from handlers.bitbucket.payloads import repository_of
from handlers.times import parse_time
from storage.asking.readings import BACKFILL
from storage.records import Record

# In this order: pushes are told by the commits before them.
PARTS: dict[str, Callable[[Asking, str | None], Awaitable[Page]]] = {
    "commits": commits.read,
    "pull requests": pull_requests.read,
    "open pull requests": pull_requests.read_open,
    "pushes": pushes.read,
    "deployments": deployments.read,
    "builds": builds.read,
}
ORDER = tuple(PARTS)
# Of the regular readings it would be most of the calls, for what did not change.
ONCE = {"open pull requests"}
# Of these Bitbucket has no webhook.
UNTOLD = {"deployments"}
# All else is read without them: a token may lack a scope, and Pipelines may be turned off.
OPTIONAL = {"pull requests", "open pull requests", "deployments", "builds"}


async def read_step(asking: Asking, purpose: str, cursor: Mapping[str, Any] | None) -> Step:
    """`cursor` is {"part", "following", "landed", "refused"}: the last is what may not be read, and what to do."""
    refused: str | None = cursor.get("refused") if cursor else None
    asking = replace(asking, landed=msgspec.convert(cursor["landed"], list[Landed]) if cursor else [])
    part = cursor["part"] if cursor else ORDER[0]
    untold = part in UNTOLD
    told: list[Record] = []
    if cursor is None:
        asking.known.begin()
        if asking.known.shown is not None:
            # As it is now: it may have been renamed, and its default branch no webhook tells.
            told.append(repository_of(asking.known.shown, asking.repository.key, datetime.now(UTC)))
    try:
        page = await PARTS[part](asking, cursor["following"] if cursor else None)
    except (Missing, Forbidden) as problem:
        if part not in OPTIONAL:
            raise
        page = Page([], None)
        if isinstance(problem, Forbidden):
            refused = f"{part}: {problem}"
            asking.known.left_out.add(refused)
    told += page.records
    landed = msgspec.to_builtins([*asking.landed, *page.landed])
    if page.following is not None:
        return Step(
            told, {"part": part, "following": page.following, "landed": landed, "refused": refused}, part, untold=untold
        )
    rest = ORDER[ORDER.index(part) + 1 + page.covers_next :]
    following = [one for one in rest if purpose == BACKFILL or one not in ONCE]
    if following:
        # Pushes were the last to need it.
        kept = landed if "pushes" in following else []
        return Step(
            told, {"part": following[0], "following": None, "landed": kept, "refused": refused}, part, untold=untold
        )
    if purpose == BACKFILL and refused:
        return Step(told, None, part, untold=untold, refused=refused)
    if purpose == BACKFILL and asking.known.shown is not None:
        # Everything from then on is known, also that nothing happened: tracking begins there.
        made_at = parse_time(asking.known.shown.created_on)
        known_from = max(asking.since, made_at) if made_at else asking.since
        told.append(repository_of(asking.known.shown, asking.repository.key, known_from))
    return Step(told, None, part, untold=untold)
