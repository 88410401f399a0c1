"""Builds that other tools reported as deployments, on the commits of the default branch's own line: a call for each.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commit-statuses/
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from handlers.asking.line import moves_along
from handlers.bitbucket.client import Missing
from handlers.bitbucket.events.commit_status import CommitPart, StatusPart, deployment_of
from handlers.bitbucket.history import commits
from handlers.bitbucket.history.asking import Asking, Page
from handlers.commits import BRANCH
from handlers.times import parse_time
from handlers.verdicts import Ignored
from storage.records import DeploymentStatus, Record

# Of so many commits in one step.
MOST = 25


async def read(asking: Asking, following: str | None) -> Page:
    """`following`: the last commit that was asked about, the newest first."""
    await commits.read_graph(asking)
    known = asking.known
    line = [move.after for move in reversed(moves_along(known.head, known.parents, known.times, BRANCH))]
    rest = line[line.index(following) + 1 :] if following in line else line
    told = await asyncio.gather(*(_of(asking, sha) for sha in rest[:MOST]))
    records: list[Record] = [record for records in told for record in records]
    return Page(records, rest[MOST - 1] if len(rest) > MOST else None)


async def _of(asking: Asking, sha: str) -> list[Record]:
    try:
        found = await asking.client.every(asking.path("commit", sha, "statuses"), [("pagelen", "100")])
    except Missing:
        return []
    told = asking.known.left_out.each(found, StatusPart)
    records: list[Record] = asking.known.left_out.records(told, lambda one: _tell(asking, one, sha))
    return records


def _tell(asking: Asking, status: StatusPart, sha: str) -> Iterator[DeploymentStatus]:
    """Its beginning and how it is now, as its webhooks did. Who reported it, the list does not say."""
    status.commit = CommitPart(sha)
    try:
        told = deployment_of(status, asking.repository.key, None)
    except Ignored:
        return
    began = parse_time(status.created_on)
    if began is not None and told.status != "in_progress":
        yield replace(told, status="in_progress", status_at=began, started_at=began)
    yield told
