"""A repository's history, part by part. One page of one part is a step."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.asking.api import Step
from handlers.github.client import Missing
from handlers.github.history import commits, deployments, incidents, pull_requests, pushes, review_comments
from handlers.github.history.asking import Asking, Page
from handlers.times import parse_time
from storage.asking.readings import BACKFILL
from storage.records import Repository

# In this order: pushes are told by the commits before them.
PARTS: dict[str, Callable[[Asking, str | None], Awaitable[Page]]] = {
    "commits": commits.read,
    "pull requests": pull_requests.read,
    "open pull requests": pull_requests.read_open,
    "review comments": review_comments.read,
    "pushes": pushes.read,
    "deployments": deployments.read,
    "incidents": incidents.read,
}
ORDER = tuple(PARTS)
# A repository may have these turned off.
OPTIONAL = ("incidents", "deployments")


async def read_step(asking: Asking, purpose: str, cursor: Mapping[str, Any] | None) -> Step:
    """`cursor` is {"part", "following", "made_at"}: the last is the repository's creation, as the first part told."""
    at: dict[str, Any] = dict(cursor) if cursor else {"part": ORDER[0], "following": None, "made_at": None}
    part = at["part"]
    if cursor is None:
        asking.known.begin()
    try:
        page = await PARTS[part](asking, at["following"])
    except Missing:
        if part not in OPTIONAL:
            raise
        page = Page([], None)
    made_at = next((one.created_at for one in page.records if isinstance(one, Repository) and one.created_at), None)
    at["made_at"] = made_at.isoformat() if made_at else at["made_at"]
    if page.following is not None:
        return Step(page.records, {**at, "following": page.following}, part)
    following = ORDER[ORDER.index(part) + 1 + page.covers_next :]
    if "pushes" in following and "open pull requests" not in following:
        asking.known.complete = asking.known.read_from_start
    if following:
        return Step(page.records, {**at, "part": following[0], "following": None}, part)
    if purpose != BACKFILL:
        return Step(page.records, None, part)
    return Step([*page.records, _tracked(asking, parse_time(at["made_at"]))], None, part)


def _tracked(asking: Asking, made_at: datetime | None) -> Repository:
    """Everything from then on is known, also that nothing happened: tracking begins there."""
    repository = asking.repository
    seen_at = max(asking.since, made_at) if made_at else asking.since
    return Repository(repository.key, repository.path, None, repository.default_branch, seen_at=seen_at)
