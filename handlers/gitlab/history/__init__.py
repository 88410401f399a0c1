"""A project's history, part by part. One page of one part is a step."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handlers.asking.api import Step
from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.history import commits, deployments, incidents, merge_requests, pushes
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.gitlab.payloads import repository_of
from handlers.times import parse_time
from storage.asking.readings import BACKFILL
from storage.records import Record

# In this order: pushes are told by the commits before them.
PARTS: dict[str, Callable[[Asking, Query | None], Awaitable[Page]]] = {
    "commits": commits.read,
    "merge requests": merge_requests.read,
    "open merge requests": merge_requests.read_open,
    "pushes": pushes.read,
    "deployments": deployments.read,
    "incidents": incidents.read,
}
ORDER = tuple(PARTS)


async def read_step(asking: Asking, purpose: str, cursor: Mapping[str, Any] | None) -> Step:
    """`cursor` is {"part", "following"}."""
    part = cursor["part"] if cursor else ORDER[0]
    told: list[Record] = []
    if cursor is None:
        asking.known.begin()
        # Its attributes, not an event.
        told.append(repository_of(asking.part, asking.repository.key, None))
    try:
        page = await PARTS[part](asking, cursor["following"] if cursor else None)
    except (Missing, Forbidden):
        # A project may have any of these turned off, or for members only.
        page = Page([], None)
    told += page.records
    if page.following is not None:
        return Step(told, {"part": part, "following": dict(page.following)}, part)
    if part == "open merge requests":
        asking.known.complete = asking.known.read_from_start
    following = ORDER[ORDER.index(part) + 1 :]
    if following:
        return Step(told, {"part": following[0], "following": None}, part)
    if purpose == BACKFILL:
        # Everything from then on is known, also that nothing happened: tracking begins there.
        made_at = parse_time(asking.project.get("created_at"))
        known_from = max(asking.since, made_at) if made_at else asking.since
        told.append(repository_of(asking.part, asking.repository.key, known_from))
    return Step(told, None, part)
