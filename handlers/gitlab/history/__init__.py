"""A project's history, part by part. One page of one part is a step."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from handlers.asking.api import Step
from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.history import commits, deployments, incidents, merge_requests, pushes, releases
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.gitlab.payloads import repository_of
from handlers.times import parse_time
from storage.asking.readings import BACKFILL, CHOSEN
from storage.linking.settings import RELEASE, WORKFLOW
from storage.records import Record

# In this order: pushes are told by the commits before them, and those of other branches by what was deployed.
PARTS: dict[str, Callable[[Asking, Query | None], Awaitable[Page]]] = {
    "commits": commits.read,
    "merge requests": merge_requests.read,
    "open merge requests": merge_requests.read_open,
    "deployments": deployments.read,
    "releases": releases.read,
    "pushes": pushes.read,
    "incidents": incidents.read,
}
ORDER = tuple(PARTS)
# How a project says who may use what they are part of. https://docs.gitlab.com/api/projects/#get-a-single-project
FEATURES = {
    "commits": "repository_access_level",
    "merge requests": "merge_requests_access_level",
    "open merge requests": "merge_requests_access_level",
    "deployments": "environments_access_level",
    "releases": "releases_access_level",
    "incidents": "issues_access_level",
}
# What settings may make count. Jobs that deploy are told beside their deployments.
OF_SOURCES = {WORKFLOW: "deployments", RELEASE: "releases"}


async def read_step(asking: Asking, purpose: str, cursor: Mapping[str, Any] | None) -> Step:
    """`cursor` is {"part", "following", "refused"}: the last is what may not be read, and what to do."""
    refused: str | None = cursor.get("refused") if cursor else None
    told: list[Record] = []
    wanted = _wanted(asking, purpose)
    if cursor is None and not wanted:
        # Settings have changed again.
        return Step(told, None, "nothing")
    part = cursor["part"] if cursor else wanted[0]
    if cursor is None:
        asking.known.begin()
        # Its attributes, not an event.
        told.append(repository_of(asking.part, asking.repository.key, None))
    try:
        page = await PARTS[part](asking, cursor["following"] if cursor else None)
    except (Missing, Forbidden) as problem:
        # A project may have any of these turned off: then it is refused, too.
        page = Page([], None)
        if isinstance(problem, Forbidden) and asking.project.get(FEATURES.get(part, "")) in ("enabled", "private"):
            refused = f"{part}: {problem}"
            asking.known.left_out.add(refused)
    told += page.records
    if page.following is not None:
        return Step(told, {"part": part, "following": dict(page.following), "refused": refused}, part)
    following = [one for one in ORDER[ORDER.index(part) + 1 :] if one in wanted]
    if following[:1] == ["pushes"]:
        asking.known.complete = asking.known.read_from_start
    if following:
        return Step(told, {"part": following[0], "following": None, "refused": refused}, part)
    if purpose == BACKFILL and refused:
        return Step(told, None, part, refused=refused)
    if purpose == BACKFILL:
        # Everything from then on is known, also that nothing happened: tracking begins there.
        made_at = parse_time(asking.project.get("created_at"))
        known_from = max(asking.since, made_at) if made_at else asking.since
        told.append(repository_of(asking.part, asking.repository.key, known_from))
    return Step(told, None, part)


def _wanted(asking: Asking, purpose: str) -> list[str]:
    chosen = [part for source, part in OF_SOURCES.items() if source in asking.repository.sources]
    return chosen if purpose == CHOSEN else [one for one in ORDER if one != "releases" or one in chosen]
