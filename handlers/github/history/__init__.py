"""A repository's history, part by part. One page of one part is a step."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from handlers.asking.api import Step
from handlers.github.client import Forbidden, Missing
from handlers.github.history import (
    commits,
    deployments,
    incidents,
    pull_requests,
    pushes,
    releases,
    review_comments,
    workflow_runs,
)
from handlers.github.history.asking import Asking, Page
from handlers.times import parse_time
from storage.asking.readings import BACKFILL, CHOSEN, REPAIR
from storage.linking.settings import RELEASE, WORKFLOW
from storage.records import Repository

# In this order: pushes are told by the commits before them, and those of other branches by what was deployed.
PARTS: dict[str, Callable[[Asking, str | None], Awaitable[Page]]] = {
    "commits": commits.read,
    "pull requests": pull_requests.read,
    "open pull requests": pull_requests.read_open,
    "review comments": review_comments.read,
    "deployments": deployments.read,
    "workflow runs": workflow_runs.read,
    "releases": releases.read,
    "pushes": pushes.read,
    "incidents": incidents.read,
    "issues": incidents.read_changed,
}
ORDER = tuple(PARTS)
# A repository may have these turned off.
OPTIONAL = ("incidents", "issues", "deployments", "workflow runs", "releases")
# Only asked for where settings say that they are deployments.
OF_SOURCES = {WORKFLOW: "workflow runs", RELEASE: "releases"}


async def read_step(asking: Asking, purpose: str, cursor: Mapping[str, Any] | None) -> Step:
    """`cursor` is {"part", "following", "made_at", "refused"}: the repository's creation, as the first part told; and
    what may not be read, with what to do."""
    at: dict[str, Any] = {"following": None, "made_at": None, "refused": None, **(cursor or {})}
    wanted = _wanted(asking, purpose)
    if cursor is None:
        asking.known.begin()
        if not wanted:
            # Settings have changed again.
            return Step([], None, "nothing")
        at["part"] = wanted[0]
    part = at["part"]
    try:
        page = await PARTS[part](asking, at["following"])
    except Missing as problem:
        if part not in OPTIONAL:
            raise
        page = Page([], None)
        if isinstance(problem, Forbidden):
            at["refused"] = f"{part}: {problem}"
            asking.known.left_out.add(at["refused"])
    made_at = next((one.created_at for one in page.records if isinstance(one, Repository) and one.created_at), None)
    at["made_at"] = made_at.isoformat() if made_at else at["made_at"]
    if page.following is not None:
        return Step(page.records, {**at, "following": page.following}, part)
    following = [one for one in ORDER[ORDER.index(part) + 1 + page.covers_next :] if one in wanted]
    if following[:1] == ["pushes"]:
        asking.known.complete = asking.known.read_from_start
    if following:
        return Step(page.records, {**at, "part": following[0], "following": None}, part)
    if purpose != BACKFILL:
        return Step(page.records, None, part)
    if at["refused"]:
        return Step(page.records, None, part, refused=at["refused"])
    return Step([*page.records, _tracked(asking, parse_time(at["made_at"]))], None, part)


def _wanted(asking: Asking, purpose: str) -> list[str]:
    chosen = [part for source, part in OF_SOURCES.items() if source in asking.repository.sources]
    if purpose == CHOSEN:
        return chosen
    # A backfill knows of none that lost its label, and pull requests, which are listed with issues, are many.
    unwanted = {*OF_SOURCES.values(), "incidents" if purpose == REPAIR else "issues"} - {*chosen}
    return [one for one in ORDER if one not in unwanted]


def _tracked(asking: Asking, made_at: datetime | None) -> Repository:
    """Everything from then on is known, also that nothing happened: tracking begins there."""
    repository = asking.repository
    seen_at = max(asking.since, made_at) if made_at else asking.since
    return Repository(repository.key, repository.path, None, repository.default_branch, seen_at=seen_at)
