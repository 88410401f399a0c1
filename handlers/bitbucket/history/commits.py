"""Commits of the default branch. Their line counts are a call each: questions, answered one by one later."""

from collections.abc import Iterator, Sequence
from functools import partial

from handlers.bitbucket.client import Missing
from handlers.bitbucket.commits import CommitPart, commit_record
from handlers.bitbucket.history.asking import Asking, Page, fields
from handlers.times import parse_time
from storage.records import EnrichmentRequest, Record

FIELDS = fields("hash", "date", "message", "parents.hash", "author.raw", "author.user")
LISTED = (("pagelen", "100"), FIELDS)
GONE = "Bitbucket does not show this repository to the token (any more): check the token's workspace and scopes."


async def read(asking: Asking, following: str | None) -> Page:
    """The newest first, until a page on which all are older: there is no way to ask for them by time.

    https://developer.atlassian.com/cloud/bitbucket/rest/api-group-commits/#api-repositories-workspace-repo-slug-commits-get
    """
    if asking.default_branch is None:
        return Page([], None)
    made, more = await _page(asking, following)
    return Page(asking.known.left_out.records(made, partial(_tell, asking)), more)


async def read_graph(asking: Asking) -> None:
    """Only who is whose parent, for a process that took a reading over."""
    known = asking.known
    if known.complete or asking.default_branch is None:
        return
    known.begin()
    following: str | None = None
    while not known.complete:
        _, following = await _page(asking, following)


async def _page(asking: Asking, following: str | None) -> tuple[Sequence[CommitPart], str | None]:
    """Those that were made since then, remembered."""
    query = [("include", asking.default_branch or ""), *LISTED]
    try:
        found, more = await asking.page(["commits"], following, query)
    except Missing:
        raise Missing(GONE) from None
    known = asking.known
    made: list[CommitPart] = []
    for one in known.left_out.each(found, CommitPart):
        at = parse_time(one.date)
        if following is None and not known.head:
            known.head = one.hash
        if at is not None and at >= asking.since:
            known.parents[one.hash], known.times[one.hash] = one.parent_shas, at
            known.messages[one.hash] = one.message or ""
            made.append(one)
    # Of a page before this one another process knows.
    unbroken = following is None or following == known.following
    known.following = more if made and unbroken else None
    known.complete = unbroken and known.following is None
    return made, more if made else None


def _tell(asking: Asking, one: CommitPart) -> Iterator[Record]:
    key = asking.repository.key
    commit = commit_record(one, key, asking.since, source="api", on_default_branch=True)
    yield commit
    if not commit.merge:
        # A merge counts no lines.
        yield EnrichmentRequest(key, "commit", one.hash)
