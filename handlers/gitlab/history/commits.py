"""Commits with their line counts. https://docs.gitlab.com/api/commits/"""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from handlers.commits import is_merge, written_by_bot
from handlers.gitlab.client import Missing
from handlers.gitlab.history.asking import Asking, Known, Page, Query
from handlers.gitlab.payloads import UserPart
from handlers.gitlab.pushes import AuthorPart, author_of
from handlers.payloads import Sha
from handlers.times import Time, parse_time, required_time
from storage.records import Commit, Record, RepositoryKey

# Each may cost a call for every hundred commits. What more there are, compares tell where they count.
MOST_LINES = 20


class StatsPart(msgspec.Struct):
    additions: int
    deletions: int


class ListedCommit(msgspec.Struct):
    id: Sha
    authored_date: Time
    committed_date: Time = None
    parent_ids: list[Sha] = []
    message: str | None = None
    # A list beside a merge request has this only.
    title: str | None = None
    author_name: str | None = None
    author_email: str | None = None
    stats: StatsPart | None = None


async def read(asking: Asking, following: Query | None) -> Page:
    """Of the default branch, the newest first."""
    if asking.default_branch is None:
        return Page([], None)
    query = {"ref_name": asking.default_branch, "since": asking.since_stamp, "with_stats": "true"}
    found, more = await asking.page("/repository/commits", following, **query)
    listed = asking.known.left_out.each(found, ListedCommit)
    remember(asking.known, listed)
    asking.known.landed.update(one.id for one in listed)
    return Page(records_of(asking, listed, on_default_branch=True), more)


async def read_graph(asking: Asking) -> None:
    """Only who is whose parent, for a process that took a reading over."""
    following: Query | None = None
    while True:
        query = {"ref_name": asking.default_branch or "", "since": asking.since_stamp}
        found, following = await asking.page("/repository/commits", following, **query)
        listed = asking.known.left_out.each(found, ListedCommit)
        remember(asking.known, listed)
        asking.known.landed.update(one.id for one in listed)
        if following is None:
            return


async def read_deployed(asking: Asking) -> tuple[list[Record], Known]:
    """What was deployed and neither the default branch nor a merge request tells, with what is before it: of a branch
    that production is deployed from, or of a line that was forced away. The newest deployment's first.

    Also what is known then: `asking.known` stays as it is, so that a step that is done again tells them again.
    """
    known = replace(asking.known, parents=dict(asking.known.parents), times=dict(asking.known.times))
    records: list[Record] = []
    lines = 0
    for sha in asking.known.deployed:
        if sha in known.parents or lines == MOST_LINES:
            continue
        lines += 1
        following: Query | None = None
        while True:
            query = {"ref_name": sha, "since": asking.since_stamp}
            try:
                found, following = await asking.page("/repository/commits", following, **query)
            except Missing:
                # GitLab has it no more.
                break
            new = [one for one in asking.known.left_out.each(found, ListedCommit) if one.id not in known.parents]
            remember(known, new)
            records += records_of(asking, new, on_default_branch=False)
            if following is None:
                break
    return records, known


def remember(known: Known, commits: Iterable[ListedCommit]) -> None:
    for one in commits:
        known.parents[one.id] = tuple(one.parent_ids)
        if at := parse_time(one.committed_date):
            known.times[one.id] = at


def records_of(asking: Asking, listed: Iterable[ListedCommit], *, on_default_branch: bool) -> list[Record]:
    key = asking.repository.key
    return asking.known.left_out.records(
        listed, lambda one: [commit_record(one, key, on_default_branch=on_default_branch)]
    )


def commit_record(one: ListedCommit, key: RepositoryKey, *, on_default_branch: bool) -> Commit:
    message = one.message or one.title or ""
    authored_at = required_time(one.authored_date, "authored_date")
    author = author_of(AuthorPart(one.author_name, one.author_email), UserPart(), key.host, authored_at)
    return Commit(
        repository=key,
        sha=one.id,
        time=authored_at,
        time_source="api",
        author=author,
        message=message,
        on_default_branch=on_default_branch,
        merge=len(one.parent_ids) > 1 or is_merge(message),
        bot=written_by_bot(author.username if author else None, one.author_name, one.author_email),
        lines_added=one.stats.additions if one.stats else None,
        lines_deleted=one.stats.deletions if one.stats else None,
    )
