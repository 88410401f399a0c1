"""Merge requests with their commits, notes, approvals and size: those that changed since then, and all that are open.

https://docs.gitlab.com/api/merge_requests/
"""

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from handlers.gitlab.client import Forbidden, Missing
from handlers.gitlab.history.asking import Asking, Page, Query
from handlers.gitlab.history.commits import ListedCommit, commit_record, remember
from handlers.gitlab.merge_requests import LastCommitPart, MergeRequestPart, snapshot_of
from handlers.gitlab.payloads import LabelPart, UserPart, approval_of, person_of
from handlers.payloads import Id, Sha
from handlers.times import Time, parse_time, required_time
from storage.records import PullRequest, PullRequestCommit, PullRequestEvent, Record, Review, ReviewRequest

# Each takes two calls of its own.
MOST = 20
SIZES = """query($path: ID!, $numbers: [String!]) { project(fullPath: $path) { mergeRequests(iids: $numbers) { nodes {
  iid diffStatsSummary { additions deletions fileCount } } } } }"""
# What GitLab itself writes below a merge request.
MARKED = re.compile(r"marked this merge request as \*\*(draft|ready)\*\*")
APPROVED = "approved this merge request"


class ListedMergeRequest(MergeRequestPart):
    author: UserPart | None = None
    reviewers: list[UserPart] | None = None
    sha: Sha | None = None
    web_url: str | None = None


class NotePart(msgspec.Struct):
    id: Id
    created_at: Time
    body: str | None = None
    updated_at: Time = None
    system: bool | None = None
    author: UserPart | None = None


async def read(asking: Asking, following: Query | None) -> Page:
    query: dict[str, str | int] = {"scope": "all", "state": "all", "order_by": "updated_at", "per_page": MOST}
    found, more = await asking.page("/merge_requests", following, updated_after=asking.since_stamp, **query)
    return Page(await records_of(asking, found), more)


async def read_open(asking: Asking, following: Query | None) -> Page:
    """Those that wait longer than what is read reaches back."""
    query: dict[str, str | int] = {"scope": "all", "state": "opened", "order_by": "updated_at", "per_page": MOST}
    found, more = await asking.page("/merge_requests", following, updated_before=asking.since_stamp, **query)
    return Page(await records_of(asking, found), more)


async def read_graph(asking: Asking) -> None:
    """Only who is whose parent, for a process that took a reading over."""
    following: Query | None = None
    while True:
        query: dict[str, str | int] = {"scope": "all", "state": "all", "per_page": MOST}
        found, following = await asking.page("/merge_requests", following, updated_after=asking.since_stamp, **query)
        paths = [asking.path(f"/merge_requests/{one['iid']}/commits") for one in found]
        for commits in await asyncio.gather(*map(asking.client.every, paths)):
            remember(asking.known, asking.known.left_out.each(commits, ListedCommit))
        if following is None:
            return


async def records_of(asking: Asking, found: Sequence[Any]) -> list[Record]:
    """All that is told of these."""
    listed = [_part(one) for one in found if asking.known.left_out.kept(_part, one)]
    sizes = await _sizes(asking, [one.iid for one in listed])
    told = await asyncio.gather(*(_records(asking, one, sizes.get(one.iid, {})) for one in listed))
    return [record for records in told for record in records]


def _part(found: Mapping[str, Any]) -> ListedMergeRequest:
    # Labels are names here, and parts in payloads.
    part = msgspec.convert({**found, "labels": None}, ListedMergeRequest)
    part.labels = [LabelPart(name) for name in found.get("labels") or ()]
    part.url = part.web_url
    part.author_id = part.author.id if part.author else None
    part.last_commit = LastCommitPart(part.sha) if part.sha else None
    return part


async def _sizes(asking: Asking, numbers: Sequence[int]) -> dict[int, Mapping[str, Any]]:
    """REST does not tell them. https://docs.gitlab.com/api/graphql/reference/#mergerequest"""
    if not numbers:
        return {}
    variables = {"path": asking.project["path_with_namespace"], "numbers": [str(number) for number in numbers]}
    try:
        answer = await asking.client.graphql(SIZES, variables)
    except (Missing, Forbidden):
        return {}
    project = answer.get("project") or {}
    nodes = (project.get("mergeRequests") or {}).get("nodes") or ()
    return {int(node["iid"]): node for node in nodes}


async def _records(asking: Asking, part: ListedMergeRequest, size: Mapping[str, Any]) -> list[Record]:
    key, of = asking.repository.key, asking.path(f"/merge_requests/{part.iid}")
    commits, notes = await asyncio.gather(
        asking.client.every(f"{of}/commits"),
        asking.client.every(f"{of}/notes", order_by="created_at", sort="asc"),
    )
    listed = asking.known.left_out.each(commits, ListedCommit)
    remember(asking.known, listed)
    lines = size.get("diffStatsSummary") or {}
    snapshot = replace(
        snapshot_of(part, key, (part.author, *(part.reviewers or ()))),
        lines_added=lines.get("additions"),
        lines_deleted=lines.get("deletions"),
        files_changed=lines.get("fileCount"),
    )
    records: list[Record] = [snapshot, PullRequestEvent(key, part.iid, "opened", snapshot.created_at)]
    if snapshot.merged_at is not None:
        records.append(PullRequestEvent(key, part.iid, "merged", snapshot.merged_at))
    elif snapshot.closed_at is not None:
        records.append(PullRequestEvent(key, part.iid, "closed", snapshot.closed_at))
    for one in listed:
        records.append(PullRequestCommit(key, part.iid, one.id, parse_time(one.authored_date)))
        records.append(commit_record(one, key, on_default_branch=False))
    records += _requests(part, snapshot)
    read = asking.known.left_out.each(notes, NotePart)
    records += asking.known.left_out.records(read, lambda note: _told_by(note, snapshot))
    return records


def _requests(part: ListedMergeRequest, snapshot: PullRequest) -> Iterator[Record]:
    for user in part.reviewers or ():
        yield ReviewRequest(
            repository=snapshot.repository,
            number=part.iid,
            reviewer=f"account:{user.id}",
            name=user.username or user.name or f"user {user.id}",
            person=person_of(user, snapshot.repository.host, snapshot.seen_at),
            requested=True,
            seen_at=snapshot.seen_at,
        )


def _told_by(note: NotePart, snapshot: PullRequest) -> Iterator[Record]:
    """A person's note is a comment; GitLab's own notes tell approvals, and what became of a draft."""
    key, number = snapshot.repository, snapshot.number
    at = required_time(note.created_at, "created_at")
    seen_at = max(at, parse_time(note.updated_at) or at)
    reviewer = person_of(note.author, key.host, seen_at)
    if not note.system:
        yield Review(key, number, f"note:{note.id}", "comment", reviewer, "commented", at, seen_at)
    elif marked := MARKED.search(note.body or ""):
        yield PullRequestEvent(key, number, marked[1], at)
    elif (note.body or "").startswith(APPROVED):
        # To the second, as webhooks tell it.
        approval = approval_of(key, number, reviewer, at.replace(microsecond=0))
        if approval is not None:
            yield approval
