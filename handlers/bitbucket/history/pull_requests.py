"""Pull requests with what happened to them: those that changed since then, and all that are open.

https://developer.atlassian.com/cloud/bitbucket/rest/api-group-pullrequests/
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from handlers.asking.leaving_out import CANNOT_BE_READ, why
from handlers.bitbucket.client import Missing, Query
from handlers.bitbucket.commits import CommitPart, commit_record
from handlers.bitbucket.history.asking import Asking, Landed, Page
from handlers.bitbucket.history.commits import LISTED, read_graph
from handlers.bitbucket.history.landing import landed_by
from handlers.bitbucket.pull_requests import (
    STATES,
    PullRequestWithReviewers,
    moments_of,
    requests_of,
    snapshot_of,
)
from handlers.bitbucket.reviews import CommentPart, VerdictPart, approval_record, changes_record, comment_record
from handlers.bitbucket.sizes import size_of
from handlers.times import Time, parse_time
from storage.records import PullRequestCommit, Record

# Each takes up to three calls of its own.
MOST = 10
# Lists leave the reviewers out unless they are asked for.
WITH_REVIEWERS = ("fields", "+values.reviewers")
EVERY_STATE = [("state", state) for state in ("OPEN", *STATES)]


class UpdatePart(msgspec.Struct):
    state: str | None = None
    date: Time = None


class ActivityPart(msgspec.Struct):
    """One of these."""

    update: UpdatePart | None = None
    approval: VerdictPart | None = None
    changes_requested: VerdictPart | None = None
    comment: CommentPart | None = None


async def read(asking: Asking, following: str | None) -> Page:
    return await _read(asking, following, EVERY_STATE, f"updated_on >= {asking.since_stamp}")


async def read_open(asking: Asking, following: str | None) -> Page:
    """Those that wait longer than what is read reaches back."""
    return await _read(asking, following, [("state", "OPEN")], f"updated_on < {asking.since_stamp}")


async def _read(asking: Asking, following: str | None, states: Query, wanted: str) -> Page:
    # Whatever changes meanwhile moves to the end, where it is read again.
    query = [*states, ("q", wanted), ("sort", "updated_on"), ("pagelen", str(MOST)), WITH_REVIEWERS]
    found, more = await asking.page(["pullrequests"], following, query)
    await read_graph(asking)
    told = await asyncio.gather(*(_tell_if_readable(asking, one) for one in found))
    landed = [one.landed for one in told if one.landed is not None]
    return Page([record for one in told for record in one.records], more, landed=landed)


class Told(NamedTuple):
    records: list[Record]
    landed: Landed | None


async def _tell_if_readable(asking: Asking, found: Any) -> Told:
    try:
        return await tell(asking, found)
    except CANNOT_BE_READ as problem:
        asking.known.left_out.add(why(problem))
        return Told([], None)


async def tell(asking: Asking, found: Any) -> Told:
    """All that is told of this one; of the commits and lines of those alone that were merged, as numbers are."""
    part = msgspec.convert(found, PullRequestWithReviewers)
    key, number = asking.repository.key, str(part.id)
    activity = msgspec.convert(await _every(asking, number, "activity", [("pagelen", "50")]), list[ActivityPart])
    snapshot = snapshot_of(part, key, _ended_at(activity))
    details: list[Record] = []
    landed: Landed | None = None
    if snapshot.state == "merged":
        commits = msgspec.convert(await _every(asking, number, "commits", LISTED), list[CommitPart])
        try:
            size = await size_of(asking.client, asking.path("pullrequests", number, "diffstat"))
        except Missing:
            # Its branch is gone, and was never merged into anything that is left.
            size = None
        if size is not None:
            snapshot = replace(
                snapshot,
                lines_added=size.lines_added,
                lines_deleted=size.lines_deleted,
                files_changed=size.files_changed,
                commit_count=len(commits) or None,
            )
        if snapshot.base_ref == asking.default_branch:
            landed = landed_by(snapshot, commits, asking.known)
        for commit in commits:
            details.append(PullRequestCommit(key, part.id, commit.hash, parse_time(commit.date)))
            details.append(commit_record(commit, key, snapshot.created_at, source="api", on_default_branch=False))
    for one in activity:
        if one.approval is not None:
            details.append(approval_record(one.approval, key, part.id))
        if one.changes_requested is not None:
            details.append(changes_record(one.changes_requested, key, part.id))
        if one.comment is not None:
            details.append(comment_record(one.comment, key, part.id))
    return Told([snapshot, *moments_of(snapshot), *requests_of(part, snapshot), *details], landed)


async def _every(asking: Asking, number: str, of: str, query: Query) -> list[Any]:
    try:
        return await asking.client.every(asking.path("pullrequests", number, of), query)
    except Missing:
        # Of commits that are gone with their branch.
        return []


def _ended_at(activity: Sequence[ActivityPart]) -> datetime | None:
    """None can be opened again, so the first word of its end is true."""
    updates = [one.update for one in activity if one.update is not None]
    ends = [parse_time(update.date) for update in updates if update.state in STATES]
    return min((at for at in ends if at is not None), default=None)
