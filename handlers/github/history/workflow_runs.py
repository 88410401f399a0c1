"""Runs of workflows on the default branch, with their earlier attempts.

https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from handlers.github.client import Missing
from handlers.github.events import workflow_run
from handlers.github.events.workflow_run import Payload, RunPart
from handlers.github.history.asking import Asking, Page
from handlers.github.history.deployments import repository_part
from handlers.times import Time, required_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

# Of one search, however many pages are asked for.
MOST_FOUND = 1000
STAMP = "%Y-%m-%dT%H:%M:%SZ"


class ListedRun(RunPart):
    run_attempt: int = 1
    path: str | None = None
    created_at: Time = None


class Answer(msgspec.Struct):
    # ListedRun, each to be read by itself.
    workflow_runs: list[Any]


async def read(asking: Asking, following: str | None) -> Page:
    """The newest first. GitHub shows the newest attempt of each run: the ones before are asked for one by one."""
    if asking.default_branch is None:
        return Page([], None)
    address = following or _address(asking, None)
    found, more = await asking.installed.page(address)
    left_out = asking.known.left_out
    runs = left_out.each(msgspec.convert(found, Answer).workflow_runs, ListedRun)
    runs = [run for run in runs if left_out.kept(_at, run)]
    earlier = await asyncio.gather(
        *(_attempt(asking, run.id, number) for run in runs for number in range(1, run.run_attempt))
    )
    told = left_out.records((*runs, *(one for one in earlier if one)), partial(_tell, asking))
    return Page(told, more or _next_search(asking, address, runs))


def _address(asking: Asking, until: datetime | None) -> str:
    created = f"{asking.since_stamp}..{until.strftime(STAMP)}" if until else f">={asking.since_stamp}"
    query = {"branch": asking.default_branch, "created": created, "per_page": "100"}
    return f"/repos/{asking.repository.path}/actions/runs?{urlencode(query)}"


def _next_search(asking: Asking, address: str, runs: list[ListedRun]) -> str | None:
    """After the last page that a search gives: what was made before, if there is more."""
    [page] = parse_qs(urlsplit(address).query).get("page", ["1"])
    if int(page) * 100 < MOST_FOUND or not runs:
        return None
    oldest = min(map(_at, runs))
    # Several are made in one second; those that are read twice stay one.
    [created] = parse_qs(urlsplit(address).query)["created"]
    if created.endswith(oldest.strftime(STAMP)):
        oldest -= timedelta(seconds=1)
    return _address(asking, oldest)


async def _attempt(asking: Asking, run: int, number: int) -> ListedRun | None:
    try:
        found: Any = await asking.installed.get(f"/repos/{asking.repository.path}/actions/runs/{run}/attempts/{number}")
    except Missing:
        # GitHub deletes what is older than the repository keeps.
        return None
    return next(iter(asking.known.left_out.each([found], ListedRun)), None)


def _at(run: ListedRun) -> datetime:
    return required_time(run.created_at, "created_at")


def _tell(asking: Asking, run: ListedRun) -> list[Record]:
    """As the webhook of its end does."""
    try:
        told = list(workflow_run.handle(Payload("completed", run, repository_part(asking)), asking.origin))
    except Ignored:
        # Also one that is still under way: it has no conclusion.
        return []
    return [record for record in told if isinstance(record, DeploymentStatus)]
